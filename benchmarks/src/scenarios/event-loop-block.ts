import { forkBrokerStub } from '@span-artifacts/test-support'
import { below, type Figure, type Scenario } from '../harness/scenario.js'
import { MIB } from '../harness/unit.js'
import { runWorker } from '../harness/worker-process.js'
import type { RecordedInMemory, RecordInMemory } from '../workers/record-in-memory.js'

const P99_BAR_MS = 2
const MAX_BAR_MS = 15
const REPETITIONS = 10
const QUICK_REPETITIONS = 3

/** How long the event loop of an application is blocked while it records one artifact held in memory. */
export function eventLoopBlock(sizeMib: number): Scenario {
  return {
    name: `event-loop-${sizeMib}`,
    title: `Event-loop block while ${sizeMib} MiB held in memory are recorded and uploaded`,
    run: async ({ quick }) => {
      const broker = await forkBrokerStub({ keepBodies: false })
      try {
        const parameters: RecordInMemory = {
          endpoint: broker.url,
          sizeBytes: sizeMib * MIB,
          repetitions: quick ? QUICK_REPETITIONS : REPETITIONS,
        }
        const nodeArguments = ['--expose-gc']
        const result = await runWorker<RecordedInMemory>('record-in-memory', { parameters, nodeArguments })
        return figures(result)
      } finally {
        await broker.close()
      }
    },
  }
}

function figures({ recording, idle, longestCallMs }: RecordedInMemory): Figure[] {
  const worst = (of: 'p99Ms' | 'maxMs'): number => Math.max(...recording.map((gaps) => gaps[of]))
  const idleNote = (of: 'p99Ms' | 'maxMs'): string => `(the idle process: ${idle[of].toFixed(2)} ms)`
  return [
    below(`p99, worst of ${recording.length} ${idleNote('p99Ms')}`, worst('p99Ms'), P99_BAR_MS, 'ms'),
    below(`max, worst of ${recording.length} ${idleNote('maxMs')}`, worst('maxMs'), MAX_BAR_MS, 'ms'),
    below('the longest call of recordArtifact', longestCallMs, MAX_BAR_MS, 'ms'),
  ]
}

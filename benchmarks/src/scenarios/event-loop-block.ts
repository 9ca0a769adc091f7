import { forkBrokerStub, quantile } from '@span-artifacts/test-support'
import { keepOnProcessor, OTHER_PROCESSOR } from '../harness/processor-affinity.js'
import { below, type Figure, type Scenario } from '../harness/scenario.js'
import { MIB } from '../harness/unit.js'
import { runWorker } from '../harness/worker-process.js'
import type { RecordedInMemory, RecordInMemory } from '../workers/record-in-memory.js'

const P99 = 0.99
const P99_BAR_MS = 2
const MAX_BAR_MS = 15
const REPETITIONS = 20
const QUICK_REPETITIONS = 3

/**
 * How long the event loop of an application is blocked while it records one artifact held in memory. The broker has a
 * processor of its own. What other programs on the machine do to it is printed beside it.
 */
export function eventLoopBlock(sizeMib: number): Scenario {
  return {
    name: `event-loop-${sizeMib}`,
    title: `Event-loop block while ${sizeMib} MiB held in memory are recorded and uploaded`,
    run: async ({ quick }) => {
      const broker = await forkBrokerStub({ keepBodies: false })
      keepOnProcessor(broker.processId, OTHER_PROCESSOR, { allThreads: true })
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
  const samples = recording.ownMs.length
  const figure = (name: string, share: number, barMs: number): Figure => {
    const [seenMs, idleMs] = [quantile(recording.seenMs, share), quantile(idle.seenMs, share)]
    const note = `(with other programs: ${seenMs.toFixed(2)} ms; the idle process: ${idleMs.toFixed(2)} ms)`
    return below(`${name} of ${samples} turns ${note}`, quantile(recording.ownMs, share), barMs, 'ms')
  }
  return [
    figure('p99', P99, P99_BAR_MS),
    figure('max', 1, MAX_BAR_MS),
    below('the longest call of recordArtifact', longestCallMs, MAX_BAR_MS, 'ms'),
  ]
}

import { forkBrokerStub } from '@span-artifacts/test-support'
import { below, type Figure, type Scenario } from '../harness/scenario.js'
import { startWorker } from '../harness/worker-process.js'
import type { BeIdle } from '../workers/be-idle.js'

/** The deadline of a shutdown that nobody asked for: waiting longer would be keeping the process alive. */
const EXIT_BAR_MS = 2000
const GIVE_UP_MS = 30_000
const UNREACHABLE = 'http://127.0.0.1:9'

/** A process with nothing left to do. */
export const idleExit: Scenario = {
  name: 'idle-exit',
  title: 'An idle client lets the process end by itself',
  run: async () => {
    const broker = await forkBrokerStub()
    try {
      return [
        await exitTime('a client that did nothing', { client: { endpoint: broker.url }, work: 'nothing' }),
        await exitTime('after an upload', { client: { endpoint: broker.url }, work: 'upload' }),
        await exitTime('a broker that is down', { client: { endpoint: UNREACHABLE }, work: 'record' }),
      ]
    } finally {
      await broker.close()
    }
  },
}

async function exitTime(name: string, parameters: BeIdle): Promise<Figure> {
  const worker = startWorker<'idle'>('be-idle', { parameters })
  await worker.nextMessage()
  const idleAtMs = performance.now()
  const killer = setTimeout(() => worker.child.kill('SIGKILL'), GIVE_UP_MS)
  const { atMs } = await worker.ended
  clearTimeout(killer)
  return below(`${name}: from the end of work to the end of the process`, atMs - idleAtMs, EXIT_BAR_MS, 'ms')
}

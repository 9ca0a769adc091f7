import { join } from 'node:path'
import { type BrokerStub, forkBrokerStub } from '@span-artifacts/test-support'
import { startArtifactServer } from '../harness/artifact-server.js'
import { atMost, exactly, type Figure, type Scenario } from '../harness/scenario.js'
import { KIB } from '../harness/unit.js'
import { startWorker } from '../harness/worker-process.js'
import type { RecordArtifacts, RecordArtifactsMessage } from '../workers/record-artifacts.js'

const PROCESSES = 8
const ARTIFACTS_PER_PROCESS = 1000
const ARTIFACT_BYTES: number = 64 * KIB
const FLUSH_TIMEOUT_MS = 30_000

/** Several processes that record the same content again and again, all at once. */
export const identicalArtifacts: Scenario = {
  name: 'identical-artifacts',
  title: `${ARTIFACTS_PER_PROCESS} identical artifacts in each of ${PROCESSES} processes at once`,
  run: async ({ directory, seed }) => {
    const server = await startArtifactServer(join(directory, 'data'))
    const figures: Figure[] = []
    try {
      figures.push(...(await record(server.url, seed)))
      figures.push(exactly('objects that the real server stores', (await server.storedDigests()).size, 1))
    } finally {
      await server.stop()
    }
    const broker = await forkBrokerStub()
    try {
      await record(broker.url, seed)
      figures.push(exactly('objects that the stub stores', (await broker.stored()).length, 1))
      figures.push(atMost('PUTs of one process, at most', await mostPutsOfOneProcess(broker), 1, 'PUT'))
    } finally {
      await broker.close()
    }
    return figures
  },
}

async function record(endpoint: string, seed: number): Promise<Figure[]> {
  const workers = Array.from({ length: PROCESSES }, (_, index) => {
    const parameters: RecordArtifacts = {
      client: { endpoint, token: processToken(index) },
      count: ARTIFACTS_PER_PROCESS,
      sizeBytes: ARTIFACT_BYTES,
      seed,
      identical: true,
      barriers: ['before-recording'],
      flushTimeoutMs: FLUSH_TIMEOUT_MS,
    }
    return startWorker<RecordArtifactsMessage>('record-artifacts', { parameters })
  })
  await Promise.all(workers.map((worker) => worker.nextMessage()))
  for (const worker of workers) worker.send('go')
  const results = await Promise.all(workers.map((worker) => worker.nextMessage()))
  await Promise.all(workers.map(({ ended }) => ended))
  const settled = results.reduce((total, result) => {
    if (result.kind !== 'result') throw new Error('a worker stopped at a barrier twice')
    return total + result.stats.uploaded + result.stats.deduplicated
  }, 0)
  return [exactly('artifacts uploaded or deduplicated', settled, PROCESSES * ARTIFACTS_PER_PROCESS)]
}

/** The stub asks for no token, so each process shows who it is by its own. */
function processToken(index: number): string {
  return `process-${index}`
}

async function mostPutsOfOneProcess(broker: BrokerStub): Promise<number> {
  const puts = (await broker.requests()).filter(({ step }) => step === 'put')
  const counts = Array.from({ length: PROCESSES }, (_, index) => {
    return puts.filter(({ headers }) => headers['authorization'] === `Bearer ${processToken(index)}`).length
  })
  return Math.max(...counts)
}

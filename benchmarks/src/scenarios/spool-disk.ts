import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { accountingError } from '../harness/accounting-identity.js'
import { type DiskTrouble, withDiskTrouble } from '../harness/mount.js'
import { startProxiedBroker } from '../harness/proxied-broker.js'
import {
  atLeast,
  atMost,
  below,
  exactly,
  type Figure,
  type Scenario,
  type ScenarioContext,
} from '../harness/scenario.js'
import { KIB } from '../harness/unit.js'
import { startWorker } from '../harness/worker-process.js'
import type { RecordArtifacts, RecordArtifactsMessage } from '../workers/record-artifacts.js'

const ARTIFACTS = 48
const ARTIFACT_BYTES: number = 128 * KIB
/** So few that all others have to go to the spool. */
const ARTIFACTS_IN_MEMORY = 4
const QUEUE_BYTES: number = ARTIFACTS_IN_MEMORY * ARTIFACT_BYTES
const PAUSE_MS = 10
const FLUSH_TIMEOUT_MS = 30_000
const CALL_BAR_MS = 15

/** What becomes of an application whose spool cannot be written to. */
export const spoolDisk: Scenario = {
  name: 'spool-disk',
  title: 'The spool on a full disk, on a read-only disk, deleted while it is in use',
  run: async (context) => [
    ...(await runWith(context, 'full-after-1-mib')),
    ...(await runWith(context, 'read-only')),
    ...(await runWith(context, 'deleted')),
  ],
}

async function runWith({ directory, seed }: ScenarioContext, trouble: DiskTrouble | 'deleted'): Promise<Figure[]> {
  const mountPoint = join(directory, trouble)
  await mkdir(mountPoint, { mode: 0o700 })
  const proxied = await startProxiedBroker({ kind: 'refuse' })
  const { broker, proxy } = proxied
  try {
    const spoolDirectory = join(mountPoint, 'spool')
    const parameters: RecordArtifacts = {
      client: { endpoint: proxy.url, spoolDirectory, maxQueueBytes: QUEUE_BYTES, retryMaxDelayMs: 200 },
      count: ARTIFACTS,
      sizeBytes: ARTIFACT_BYTES,
      seed,
      pauseMs: PAUSE_MS,
      barriers: ['before-flush'],
      flushTimeoutMs: FLUSH_TIMEOUT_MS,
      ...(trouble === 'deleted' ? { removeHalfWay: spoolDirectory } : {}),
    }
    const wrapper = trouble === 'deleted' ? [] : withDiskTrouble(trouble, mountPoint)
    const worker = startWorker<RecordArtifactsMessage>('record-artifacts', { parameters, wrapper })
    await worker.nextMessage()
    await proxy.setFault({ kind: 'pass' })
    worker.send('go')
    const result = await worker.nextMessage()
    await worker.ended
    if (result.kind !== 'result') throw new Error('the worker stopped twice')

    const stored = new Set((await broker.stored()).map(({ sha256 }) => sha256))
    const accepted = result.recorded.filter(({ dropped }) => dropped === undefined)
    const missing = accepted.filter(({ sha256 }) => !stored.has(sha256)).length
    const { failed } = result.stats
    // What was deleted with the spool cannot be delivered, but it must be counted as lost.
    const visiblyLost = trouble === 'deleted' ? Object.values(failed).reduce((total, count) => total + count, 0) : 0
    const usesSpool = trouble !== 'read-only'
    return [
      atLeast(`${trouble}: accepted`, accepted.length, usesSpool ? ARTIFACTS_IN_MEMORY + 1 : 1),
      exactly(`${trouble}: errors that reached the application`, result.errors.length, 0),
      below(`${trouble}: the longest call`, result.longestCallMs, CALL_BAR_MS, 'ms'),
      exactly(`${trouble}: accepted, neither stored nor counted as lost`, missing - visiblyLost, 0),
      exactly(`${trouble}: unaccounted for`, accountingError(result.stats), 0),
      atMost(`${trouble}: warnings of one kind`, mostOfOneKind(result.warnings), 1, 'warning'),
    ]
  } finally {
    await proxied.close()
  }
}

/** Warnings read `span-artifacts code: message`. */
function mostOfOneKind(warnings: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const warning of warnings) {
    const kind = warning.split(':')[0] ?? ''
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}

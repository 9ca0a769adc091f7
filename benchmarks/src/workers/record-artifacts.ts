// An application that records artifacts, stops at the barriers that the scenario names, flushes, and tells what became
// of everything. Whatever happens to broker and disk, its own calls must not fail or take long.
import { rm } from 'node:fs/promises'
import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import { Artifact, ArtifactClient, type ArtifactClientStats } from '@span-artifacts/core'
import { seededRandom } from '@span-artifacts/test-support'
import { recordDiagnostics } from '../harness/diagnostics-recorder.js'
import type { ClientOptions } from '../harness/spool-options.js'
import { parametersJson, scenarioSays, tellScenario } from '../harness/worker.js'

/** Where the worker waits until the scenario tells it to go on. */
export type Barrier = 'before-recording' | 'before-flush'

export interface RecordArtifacts {
  client: ClientOptions
  count: number
  sizeBytes: number
  seed: number
  /** the same bytes every time, in another buffer each; default false */
  identical?: boolean
  /** between two artifacts, in ms; default 0 */
  pauseMs?: number
  barriers?: readonly Barrier[]
  /** removes a directory, the spool's, when half of the artifacts are recorded */
  removeHalfWay?: string
  flushTimeoutMs: number
}

export interface RecordedArtifacts {
  kind: 'result'
  recorded: { sha256: string; dropped: string | undefined }[]
  stats: ArtifactClientStats
  warnings: string[]
  /** what the calls threw, and what nobody handled */
  errors: string[]
  /** the longest time that one call took, in ms */
  longestCallMs: number
}

export type RecordArtifactsMessage = { kind: 'barrier'; barrier: Barrier } | RecordedArtifacts

const parameters: RecordArtifacts = JSON.parse(parametersJson)
const warnings = recordDiagnostics()
const errors: string[] = []
const note = (error: unknown): void => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  errors.push(text)
  console.error(text)
}
process.on('uncaughtException', note)
process.on('unhandledRejection', note)

async function stopAt(barrier: Barrier): Promise<void> {
  if (!parameters.barriers?.includes(barrier)) return
  const told = scenarioSays()
  await tellScenario({ kind: 'barrier', barrier } satisfies RecordArtifactsMessage)
  await told
}

const client = new ArtifactClient(parameters.client)
const random = seededRandom(parameters.seed)
const same = random.bytes(parameters.sizeBytes)
const recorded: RecordedArtifacts['recorded'] = []
let longestCallMs = 0

await stopAt('before-recording')
for (let number = 0; number < parameters.count; number += 1) {
  const data = parameters.identical ? Buffer.from(same) : random.bytes(parameters.sizeBytes)
  try {
    const startedMs = performance.now()
    const { sha256, dropped } = new Artifact(data, { client }).reference()
    longestCallMs = Math.max(longestCallMs, performance.now() - startedMs)
    recorded.push({ sha256, dropped })
  } catch (error) {
    note(error)
  }
  if (parameters.removeHalfWay !== undefined && number === Math.floor(parameters.count / 2)) {
    // The client may be writing to it at this very moment.
    await rm(parameters.removeHalfWay, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 })
  }
  await (parameters.pauseMs === undefined ? setImmediate() : delay(parameters.pauseMs))
}
await stopAt('before-flush')
await client.forceFlush({ timeoutMs: parameters.flushTimeoutMs })

const stats = client.stats()
await tellScenario({
  kind: 'result',
  recorded,
  stats,
  warnings,
  errors,
  longestCallMs,
} satisfies RecordArtifactsMessage)
process.exit(0)

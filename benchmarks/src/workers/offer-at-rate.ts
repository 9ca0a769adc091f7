// An application that records artifacts at a steady rate, whatever the broker does, and measures the memory it takes.
import { randomFillSync } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Artifact, ArtifactClient, type ArtifactClientStats } from '@span-artifacts/core'
import { sampleResidentMemory } from '@span-artifacts/test-support'
import { recordDiagnostics } from '../harness/diagnostics-recorder.js'
import type { ClientOptions } from '../harness/spool-options.js'
import { parametersJson, tellScenario } from '../harness/worker.js'

export interface OfferAtRate {
  client: ClientOptions
  artifactBytes: number
  artifactsPerSecond: number
  seconds: number
}

export interface OfferedAtRate {
  offered: number
  /** artifacts whose reference said `dropped` */
  droppedInReferences: number
  stats: ArtifactClientStats
  /** of the idle process, before anything was offered, in bytes */
  idleBytes: number
  /** at its peak, while the same was offered to a client that keeps nothing, in bytes */
  baseBytes: number
  /** at its peak, while it was offered to the client that is measured, in bytes */
  peakBytes: number
  warnings: string[]
}

const MS_PER_SECOND = 1000
const SETTLE_MS = 1000
/** Long enough for the application's own buffers to fill what the engine lets pile up before it collects: 64 MiB. */
const BASE_SECONDS = 15

const { client: options, artifactBytes, artifactsPerSecond, seconds }: OfferAtRate = JSON.parse(parametersJson)
const warnings = recordDiagnostics()

/** Offers fresh artifacts at the rate. @returns how many, and how many references said `dropped` */
async function offerFor(duration: number, client: ArtifactClient): Promise<{ offered: number; dropped: number }> {
  let [offered, dropped] = [0, 0]
  const startedMs = performance.now()
  while (offered < duration * artifactsPerSecond) {
    const data = randomFillSync(Buffer.alloc(artifactBytes))
    if (new Artifact(data, { client }).reference().dropped !== undefined) dropped += 1
    offered += 1
    const dueMs = startedMs + (offered / artifactsPerSecond) * MS_PER_SECOND
    await delay(Math.max(0, dueMs - performance.now()))
  }
  return { offered, dropped }
}

// What the application itself takes at this rate is its own affair: the base is the same load on a client that keeps nothing.
const keepsNothing = new ArtifactClient({ endpoint: 'http://127.0.0.1:9', maxQueueArtifacts: 0, maxSpoolBytes: 0 })
globalThis.gc?.()
await delay(SETTLE_MS)
const baseMemory = sampleResidentMemory()
await offerFor(BASE_SECONDS, keepsNothing)
const base = baseMemory.stop()
await keepsNothing.shutdown()
warnings.length = 0

const client = new ArtifactClient(options)
globalThis.gc?.()
await delay(SETTLE_MS)
const memory = sampleResidentMemory()
const { offered, dropped } = await offerFor(seconds, client)

const result: OfferedAtRate = {
  offered,
  droppedInReferences: dropped,
  stats: client.stats(),
  idleBytes: base.baseBytes,
  baseBytes: base.peakBytes,
  peakBytes: memory.stop().peakBytes,
  warnings,
}
await tellScenario(result)
process.exit(0)

// An application that records artifacts at a steady rate, whatever the broker does, and measures the memory it takes.
import { randomFillSync } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Artifact, ArtifactClient, type ArtifactClientStats } from '@span-artifacts/core'
import {
  type EventLoopGaps,
  type ResidentMemory,
  sampleEventLoopGaps,
  sampleResidentMemory,
} from '@span-artifacts/test-support'
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
  memory: ResidentMemory
  gaps: EventLoopGaps
  warnings: string[]
}

const MS_PER_SECOND = 1000
const SETTLE_MS = 1000
const WARM_UPS = 3

const { client: options, artifactBytes, artifactsPerSecond, seconds }: OfferAtRate = JSON.parse(parametersJson)
const warnings = recordDiagnostics()

// The process comes to its working size on a client that drops everything, so that start-up does not count as growth.
const warmUp = new ArtifactClient({ endpoint: 'http://127.0.0.1:9', maxQueueArtifacts: 0 })
for (let number = 0; number < WARM_UPS; number += 1) {
  new Artifact(randomFillSync(Buffer.alloc(artifactBytes)), { client: warmUp }).reference()
}
await warmUp.shutdown()
warnings.length = 0

const client = new ArtifactClient(options)
globalThis.gc?.()
await delay(SETTLE_MS)
const memory = sampleResidentMemory()
const gaps = sampleEventLoopGaps()

let droppedInReferences = 0
let offered = 0
const startedMs = performance.now()
while (offered < seconds * artifactsPerSecond) {
  const data = randomFillSync(Buffer.alloc(artifactBytes))
  if (new Artifact(data, { client }).reference().dropped !== undefined) droppedInReferences += 1
  offered += 1
  const dueMs = startedMs + (offered / artifactsPerSecond) * MS_PER_SECOND
  await delay(Math.max(0, dueMs - performance.now()))
}

const result: OfferedAtRate = {
  offered,
  droppedInReferences,
  stats: client.stats(),
  memory: memory.stop(),
  gaps: gaps.stop(),
  warnings,
}
await tellScenario(result)
process.exit(0)

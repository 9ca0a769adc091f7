// The next start of an application: adopts what an earlier process left in the spool and delivers it.
import { setTimeout as delay } from 'node:timers/promises'
import { ArtifactClient, type ArtifactClientStats } from '@span-artifacts/core'
import { recordDiagnostics } from '../harness/diagnostics-recorder.js'
import type { ClientOptions } from '../harness/spool-options.js'
import { leaveScenario, parametersJson, tellScenario } from '../harness/worker.js'

export interface DrainSpool {
  client: ClientOptions
  /** how long nothing may change before the spool counts as drained, in ms */
  quietMs: number
  timeoutMs: number
}

export interface DrainedSpool {
  stats: ArtifactClientStats
  warnings: string[]
}

const LOOK_EVERY_MS = 50

const { client: options, quietMs, timeoutMs }: DrainSpool = JSON.parse(parametersJson)
const warnings = recordDiagnostics()
const client = new ArtifactClient(options)

let last = ''
let changedAtMs = performance.now()
const deadlineMs = changedAtMs + timeoutMs
while (performance.now() < Math.min(deadlineMs, changedAtMs + quietMs)) {
  const now = JSON.stringify(client.stats())
  if (now !== last) changedAtMs = performance.now()
  last = now
  await delay(LOOK_EVERY_MS)
}

const result: DrainedSpool = { stats: client.stats(), warnings }
await client.shutdown()
await tellScenario(result)
leaveScenario()

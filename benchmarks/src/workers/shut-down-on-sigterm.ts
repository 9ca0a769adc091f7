// An application that records artifacts and, when it is told to terminate, shuts the client down and otherwise leaves
// it to Node to end the process.
import { Artifact, ArtifactClient, type ArtifactClientStats } from '@span-artifacts/core'
import { seededRandom } from '@span-artifacts/test-support'
import type { ClientOptions } from '../harness/spool-options.js'
import { leaveScenario, parametersJson, tellScenario } from '../harness/worker.js'

export interface ShutDownOnSigterm {
  client: ClientOptions
  count: number
  sizeBytes: number
  seed: number
}

export type ShutDownOnSigtermMessage =
  | { kind: 'recorded'; digests: string[] }
  | { kind: 'shut-down'; stats: ArtifactClientStats }

const parameters: ShutDownOnSigterm = JSON.parse(parametersJson)
const client = new ArtifactClient(parameters.client)
const random = seededRandom(parameters.seed)

async function shutDown(): Promise<void> {
  await client.shutdown()
  await tellScenario({ kind: 'shut-down', stats: client.stats() } satisfies ShutDownOnSigtermMessage)
  leaveScenario()
}

process.once('SIGTERM', () => void shutDown())

const digests: string[] = []
for (let number = 0; number < parameters.count; number += 1) {
  digests.push(new Artifact(random.bytes(parameters.sizeBytes), { client }).reference().sha256)
}
await tellScenario({ kind: 'recorded', digests } satisfies ShutDownOnSigtermMessage)

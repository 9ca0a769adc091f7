// An application that has done its work and does not say so to the client: nothing may keep its process alive.
import { Artifact, ArtifactClient } from '@span-artifacts/core'
import type { ClientOptions } from '../harness/spool-options.js'
import { leaveScenario, parametersJson, tellScenario } from '../harness/worker.js'

export interface BeIdle {
  client: ClientOptions
  /** what it does before it is idle */
  work: 'nothing' | 'upload' | 'record'
}

const { client: options, work }: BeIdle = JSON.parse(parametersJson)
const client = new ArtifactClient(options)
if (work !== 'nothing') {
  const artifact = new Artifact(`recorded at ${Date.now()}`, { client })
  artifact.reference()
  if (work === 'upload') await artifact.uploaded
}
await tellScenario('idle')
leaveScenario()

// An application under load that is killed at any moment. Whatever the client has acknowledged goes into a ledger that
// outlives the process; the scenario compares it with what the server holds in the end.
import { setImmediate } from 'node:timers/promises'
import { Artifact, ArtifactClient } from '@span-artifacts/core'
import { openAcknowledgementLog, reportReady, seededRandom } from '@span-artifacts/test-support'
import { acknowledged } from '../harness/acknowledged.js'
import type { ClientOptions } from '../harness/spool-options.js'
import { parametersJson } from '../harness/worker.js'

export interface RecordUntilKilled {
  client: ClientOptions
  ledger: string
  maxBytes: number
  /** artifacts that wait for their acknowledgement at once */
  atOnce: number
}

const { client: options, ledger, maxBytes, atOnce }: RecordUntilKilled = JSON.parse(parametersJson)
const log = openAcknowledgementLog(ledger)
const client = new ArtifactClient(options)
// The process id makes every worker's artifacts other ones.
const random = seededRandom(process.pid)

async function recordForever(): Promise<never> {
  for (;;) {
    const artifact = new Artifact(random.bytes(random.integer(0, maxBytes)), { client })
    const { sha256, dropped } = artifact.reference()
    if (dropped === undefined) {
      await acknowledged(artifact)
      log.acknowledge(sha256)
    }
    await setImmediate()
  }
}

reportReady()
await Promise.all(Array.from({ length: atOnce }, recordForever))

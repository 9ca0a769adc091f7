// An application that records artifacts until it is killed, and notes each that the client calls persisted.
import { openAcknowledgementLog, reportReady } from '@span-artifacts/test-support'
import { Artifact, ArtifactClient } from '../../dist/index.js'

const [endpoint, spoolDirectory, ledger] = process.argv.slice(2)
const log = openAcknowledgementLog(ledger)
const client = new ArtifactClient({ endpoint, spoolDirectory, spoolEverything: true })
reportReady()
for (let number = 0; ; number += 1) {
  const artifact = new Artifact(`artifact ${number} of process ${process.pid} ${'x'.repeat((number % 9) * 1000)}`, {
    client,
  })
  await artifact.persisted
  log.acknowledge(artifact.sha256)
}

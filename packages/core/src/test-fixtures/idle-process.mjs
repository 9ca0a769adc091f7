// A small application: records one artifact, flushes, and then has nothing left to do.
// Arguments: endpoint of the broker, and what to do before the end.
import { Artifact, configureArtifacts } from '@span-artifacts/core'

const [endpoint, ending] = process.argv.slice(2)
const client = configureArtifacts({ endpoint, retryInitialDelayMs: 60_000, retryMaxDelayMs: 60_000 })
new Artifact('content', { client }).reference()
if (ending === 'flush') await client.forceFlush()
if (ending === 'flush briefly') await client.forceFlush({ timeoutMs: 300 })
if (ending === 'shutdown') await client.shutdown()
console.log(JSON.stringify(client.stats()))

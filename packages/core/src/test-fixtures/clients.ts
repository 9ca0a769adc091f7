import { type BrokerStub, startBrokerStub } from '@span-artifacts/test-support'
import { onTestFinished } from 'vitest'
import { ArtifactClient } from '../client.js'
import type { ArtifactClientOptions } from '../config.js'
import { memoryDestination, type MemoryDestination } from '../destinations/memory.js'

/** Retries without waiting: what is tested is that they happen, not when. */
export const quickRetries: ArtifactClientOptions = { retryInitialDelayMs: 1, retryMaxDelayMs: 5 }

/** The write token of every broker stub. */
export const WRITE_TOKEN = 'sa_v1_w_test_0123456789'

/** A client whose artifacts stay in memory; shut down when the test ends. */
export function memoryClient(options: ArtifactClientOptions = {}): {
  client: ArtifactClient
  destination: MemoryDestination
} {
  const destination = memoryDestination()
  return { client: startClient({ destination, ...options }), destination }
}

/** A client and a real broker over HTTP. */
export async function brokerClient(
  options: ArtifactClientOptions = {},
  brokerOptions: Parameters<typeof startBrokerStub>[0] = {},
): Promise<{ client: ArtifactClient; broker: BrokerStub }> {
  const broker = await startBrokerStub({ token: WRITE_TOKEN, ...brokerOptions })
  onTestFinished(() => broker.close())
  const client = startClient({ endpoint: broker.url, token: WRITE_TOKEN, ...quickRetries, ...options })
  return { client, broker }
}

/** A client that is shut down when the test ends. It has no spool unless the options name its directory. */
export function startClient(options: ArtifactClientOptions): ArtifactClient {
  const client = new ArtifactClient({
    ...(options.spoolDirectory === undefined ? { maxSpoolBytes: 0 } : {}),
    ...options,
  })
  onTestFinished(() => client.shutdown({ timeoutMs: 0 }))
  return client
}

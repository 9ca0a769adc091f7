import { ArtifactClient } from './client.js'
import type { ArtifactClientOptions } from './config.js'

/** One slot per process, shared by every copy of this package that it loads. */
const clientSlot: unique symbol = Symbol.for('span-artifacts.client.v1')

interface GlobalSlot {
  [clientSlot]?: ArtifactClient
}

/**
 * Makes the client that artifacts use unless they are given another one. Call it once, at start-up. A client that was
 * there before stores what it has and then shuts down.
 *
 * @throws ArtifactConfigurationError for an option with an unknown name or a bad value
 */
export function configureArtifacts(options: ArtifactClientOptions = {}): ArtifactClient {
  const slot = globalSlot()
  const previous = slot[clientSlot]
  const client = new ArtifactClient(options)
  slot[clientSlot] = client
  void previous?.shutdown({ timeoutMs: previous.limits.flushTimeoutMs })
  return client
}

/** The client of this process; made from the environment at the first call, unless `configureArtifacts()` made it. */
export function artifactClient(): ArtifactClient {
  return globalSlot()[clientSlot] ?? configureArtifacts()
}

/** The client of this process, if there is one already. */
export function existingArtifactClient(): ArtifactClient | undefined {
  return globalSlot()[clientSlot]
}

function globalSlot(): typeof globalThis & GlobalSlot {
  return globalThis
}

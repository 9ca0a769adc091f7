import { createAccumulator } from './accumulator.js'
import { Artifact, type ArtifactOptions } from './artifact.js'
import type { ArtifactClient } from './client.js'
import { artifactClient } from './global-client.js'
import type { DropReason } from './reference.js'

/** Captures content that passes by, such as an HTTP body. Every writer must be finished or discarded. */
export interface ArtifactWriter {
  /** How much has passed so far, in bytes, kept or not. */
  readonly sizeBytes: number
  /**
   * Copies and hashes some bytes. Never throws; the caller may use its buffer again. What comes after `finish()` or
   * `discard()` is ignored.
   */
  write(bytes: Uint8Array): void
  /**
   * Ends the content. The digest is known, so `reference()` does not block. Content over a limit has a reference that
   * says `dropped: 'too_large'` or `'queue_full'`, with the right digest and size. A second call gives the same artifact.
   */
  finish(options?: ArtifactOptions): Artifact
  /** Forgets the content. */
  discard(): void
  /**
   * For those who can make their source wait: resolves when less of the content is on its way to the disk; `undefined`
   * where there is nothing to wait for. Content that comes faster than the disk takes it is dropped in the end.
   */
  drained(): Promise<void> | undefined
}

export interface ArtifactWriterOptions {
  /** The client that stores the artifact. Default: `artifactClient()`. */
  client?: ArtifactClient
  /** Content beyond this size, in bytes, is hashed but not kept. Default, and maximum: the client's `maxArtifactBytes`. */
  maxBytes?: number
  /**
   * Why the content is not kept, where that is known before it passes: it is only hashed and counted, and its reference says
   * this. Default: it is kept.
   */
  dropped?: DropReason
}

/**
 * Starts to capture content that passes by. Up to 64 KiB stay in memory and count against the client's memory budget from
 * the first byte; larger content goes to a file of the spool, where there is one, while it is hashed.
 */
export function createArtifactWriter(options: ArtifactWriterOptions = {}): ArtifactWriter {
  const client = options.client ?? artifactClient()
  const { maxArtifactBytes } = client.limits
  const maxBytes = Math.min(options.maxBytes ?? maxArtifactBytes, maxArtifactBytes)
  const accumulator = createAccumulator({ maxBytes, space: client.captureSpace, dropped: options.dropped })
  let artifact: Artifact | undefined
  return {
    get sizeBytes() {
      return accumulator.sizeBytes
    },
    write: (bytes) => accumulator.write(bytes),
    finish: (artifactOptions = {}) => (artifact ??= new Artifact(accumulator.finish(), { client, ...artifactOptions })),
    discard: () => accumulator.discard(),
    drained: () => accumulator.drained(),
  }
}

import { platform } from '#platform'
import { createDigest } from './digest.js'
import { ArtifactUploadError } from './errors.js'

/**
 * After so much, in bytes, the event loop gets its turn: content in memory never waits for anything, so a whole body would
 * otherwise go out in one piece of the loop.
 */
const BYTES_BETWEEN_TURNS = 128 * 1024

/**
 * Passes content through while hashing it, and holds the last chunk back until the digest and the size are right.
 * Whoever receives all of it has received exactly what was recorded.
 *
 * @throws ArtifactUploadError `source_changed` when the content is no longer what it was, or can no longer be read
 */
export async function* verifiedChunks(
  chunks: AsyncIterable<Uint8Array>,
  expected: { sha256: string; sizeBytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createDigest()
  let sizeBytes = 0
  let sinceTurnBytes = 0
  let held: Uint8Array | undefined
  try {
    for await (const chunk of chunks) {
      if (chunk.length === 0) continue
      if (held !== undefined) yield held
      hash.update(chunk)
      sizeBytes += chunk.length
      if (sizeBytes > expected.sizeBytes) break
      held = chunk
      sinceTurnBytes += chunk.length
      if (sinceTurnBytes < BYTES_BETWEEN_TURNS) continue
      sinceTurnBytes = 0
      await platform.yieldToEventLoop()
    }
  } catch (error) {
    // A file that was written to, cut or removed since it was opened can no longer be read.
    throw sourceChanged(error)
  }
  if (sizeBytes !== expected.sizeBytes || hash.digestHex() !== expected.sha256) throw sourceChanged()
  if (held !== undefined) yield held
}

/** Passes content on as it is, for memory that nobody else writes to: the event loop gets its turns, and nothing is hashed. */
export async function* withTurns(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let sinceTurnBytes = 0
  for await (const chunk of chunks) {
    yield chunk
    sinceTurnBytes += chunk.length
    if (sinceTurnBytes < BYTES_BETWEEN_TURNS) continue
    sinceTurnBytes = 0
    await platform.yieldToEventLoop()
  }
}

/**
 * As `verifiedChunks`, for whoever can take back what it has received, and is done with a chunk before it asks for the
 * next one: nothing is held back, so the source may use one buffer for all.
 *
 * @throws ArtifactUploadError `source_changed`, after the last chunk at the latest
 */
export async function* verifiedScan(
  chunks: AsyncIterable<Uint8Array>,
  expected: { sha256: string; sizeBytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createDigest()
  let sizeBytes = 0
  try {
    for await (const chunk of chunks) {
      hash.update(chunk)
      sizeBytes += chunk.length
      if (sizeBytes > expected.sizeBytes) break
      yield chunk
    }
  } catch (error) {
    throw sourceChanged(error)
  }
  if (sizeBytes !== expected.sizeBytes || hash.digestHex() !== expected.sha256) throw sourceChanged()
}

function sourceChanged(cause?: unknown): ArtifactUploadError {
  return new ArtifactUploadError(
    'source_changed',
    'the content changed between recording and upload, so it was not stored: do not write to a buffer or file that was recorded',
    { cause, recovery: 'none' },
  )
}

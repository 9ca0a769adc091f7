import { platform } from '#platform'
import type { Sha256 } from './platform/platform.js'
import { createTurnKeeper } from './turn-keeper.js'

/** Content up to this size is hashed at once, in bytes: about a millisecond. Larger content yields between slices. */
export const MAX_SYNC_DIGEST_BYTES: number = 1024 * 1024

/** The SHA-256 of nothing: what stands in the reference of content that could not be read. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Starts an incremental SHA-256. */
export function createDigest(): Sha256 {
  return platform.createSha256()
}

/** Hashes buffers in memory here and now, however long it takes. @returns 64 hexadecimal digits */
export function digestAtOnce(buffers: readonly Uint8Array[]): string {
  const only = buffers.length === 1 ? buffers[0] : undefined
  if (only !== undefined) return platform.sha256Hex(only)
  const hash = createDigest()
  for (const buffer of buffers) hash.update(buffer)
  return hash.digestHex()
}

/**
 * Hashes buffers in memory in slices of about a millisecond and lets the event loop run in between.
 *
 * @param known gives the digest as soon as somebody else has computed it: then the rest is left
 */
export async function digestInSlices(
  buffers: readonly Uint8Array[],
  known: () => string | undefined = () => undefined,
): Promise<string> {
  const hash = createDigest()
  const sliceBytes = platform.digestSliceBytes
  for (const buffer of buffers) {
    for (let offset = 0; offset < buffer.length; offset += sliceBytes) {
      // Yield first: the caller has just spent its own time.
      await platform.yieldToEventLoop()
      const digest = known()
      if (digest !== undefined) return digest
      // Transferred to a worker meanwhile: nothing is left to make a view of. The upload finds that out too.
      if (buffer.length === 0) break
      hash.update(buffer.subarray(offset, offset + sliceBytes))
    }
  }
  return hash.digestHex()
}

/** Hashes content that is read bit by bit. @returns its digest and size in bytes */
export async function digestChunks(chunks: AsyncIterable<Uint8Array>): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createDigest()
  const turns = createTurnKeeper()
  let sizeBytes = 0
  for await (const chunk of chunks) {
    hash.update(chunk)
    sizeBytes += chunk.length
    await turns.next()
  }
  return { sha256: hash.digestHex(), sizeBytes }
}

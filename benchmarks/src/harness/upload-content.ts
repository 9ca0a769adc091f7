import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

/** As lines are measured, not as memory is. */
export const MEGABYTE = 1_000_000
const CHUNK_BYTES = 64 * 1024
const MS_PER_SECOND = 1000
const NO_JSON = 0xff
const NO_JSON_OFFSET: number = Uint32Array.BYTES_PER_ELEMENT
const SEED_OFFSET: number = 2 * Uint32Array.BYTES_PER_ELEMENT
const noise = randomBytes(CHUNK_BYTES)
// What begins like JSON is kept until it has been searched for secrets: another way than that of binary content.
noise[NO_JSON_OFFSET] = NO_JSON

/**
 * Random bytes, no two chunks alike, and none with another seed.
 *
 * @param sizeBytes such that the last chunk has at least 12 bytes
 */
export function* uploadContent(sizeBytes: number, seed = 0): Generator<Uint8Array> {
  for (let sent = 0; sent < sizeBytes; sent += CHUNK_BYTES) {
    const chunk = Buffer.from(noise.subarray(0, Math.min(CHUNK_BYTES, sizeBytes - sent)))
    chunk.writeUInt32LE(sent)
    chunk.writeUInt32LE(seed, SEED_OFFSET)
    yield chunk
  }
}

/** What comes over a line of so many megabytes per second; `undefined`: as fast as it is taken. */
export async function* paced(
  chunks: Iterable<Uint8Array>,
  megabytesPerSecond: number | undefined,
): AsyncGenerator<Uint8Array> {
  const startedMs = performance.now()
  let sentBytes = 0
  for (const chunk of chunks) {
    if (megabytesPerSecond !== undefined) {
      const dueMs = startedMs + (sentBytes / MEGABYTE / megabytesPerSecond) * MS_PER_SECOND
      while (performance.now() < dueMs) await delay(1)
    }
    yield chunk
    sentBytes += chunk.length
  }
}

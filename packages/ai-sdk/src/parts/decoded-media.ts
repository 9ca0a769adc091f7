import { decodeBase64 } from './base64.js'

/** How much decoded content is remembered, in bytes. */
const MAX_REMEMBERED_BYTES = 32 * 1024 * 1024

/** What remembering takes besides, in bytes, so that there are never millions of tiny ones. */
const ENTRY_BYTES = 256

/** Each character of base64 holds three quarters of a byte. */
const BYTES_PER_CHARACTER = 0.75

/** How long it is remembered after its last use: longer than the pause between two turns of an agent. */
const FORGET_AFTER_MS = 60_000

/** Decodes base64, and gives the same bytes for the same text. */
export interface DecodedMedia {
  readonly decode: (base64: string) => Uint8Array
}

/**
 * An agent sends the same base64 image on every turn. Decoded anew each time it would be hashed anew each time, since
 * digests are remembered by buffer object. So the buffers are kept for a while: at most 32 MiB, for at most a minute
 * after the last one was asked for.
 */
export function createDecodedMedia(): DecodedMedia {
  const known = new Map<string, Uint8Array>()
  let rememberedBytes = 0
  let idle: NodeJS.Timeout | undefined

  const forgetAll = (): void => {
    known.clear()
    rememberedBytes = 0
    idle = undefined
  }
  const remember = (base64: string, bytes: Uint8Array): void => {
    const weight = weightOf(base64)
    if (weight > MAX_REMEMBERED_BYTES) return
    known.set(base64, bytes)
    rememberedBytes += weight
    for (const oldest of known.keys()) {
      if (rememberedBytes <= MAX_REMEMBERED_BYTES) break
      known.delete(oldest)
      rememberedBytes -= weightOf(oldest)
    }
  }
  return {
    decode(base64) {
      idle?.refresh?.()
      const found = known.get(base64)
      if (found !== undefined) {
        // A Map keeps its order of insertion: the least recently used stands first.
        known.delete(base64)
        known.set(base64, found)
        return found
      }
      const bytes = decodeBase64(base64)
      remember(base64, bytes)
      if (idle === undefined) {
        idle = setTimeout(forgetAll, FORGET_AFTER_MS)
        idle.unref?.()
      }
      return bytes
    },
  }
}

/** By the text, which is remembered too: megabytes of what is no base64 decode to nothing. */
function weightOf(base64: string): number {
  return base64.length * BYTES_PER_CHARACTER + ENTRY_BYTES
}

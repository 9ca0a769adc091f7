import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

/** Counts the digests that are computed of large content. */
export interface DigestCount {
  /** How many so far. */
  readonly count: () => number
  readonly stop: () => void
}

/**
 * Watches every hash of this process that Node computes, in whatever package.
 *
 * @param minBytes only content of at least this size counts, in bytes
 */
export function countDigests(minBytes: number): DigestCount {
  const { createHash } = crypto
  let count = 0
  crypto.createHash = (...options) => {
    const hash = createHash(...options)
    const update = hash.update.bind(hash)
    const digest = hash.digest.bind(hash)
    let sizeBytes = 0
    const watched = Object.assign(hash, {
      update(data: string | NodeJS.ArrayBufferView) {
        sizeBytes += typeof data === 'string' ? data.length : data.byteLength
        return update(data)
      },
      digest(...encoding: Parameters<typeof digest>) {
        if (sizeBytes >= minBytes) count += 1
        return digest(...encoding)
      },
    })
    return watched
  }
  syncBuiltinESMExports()
  return {
    count: () => count,
    stop: () => {
      crypto.createHash = createHash
      syncBuiltinESMExports()
    },
  }
}

import { CONTENT_TYPE_HEAD_BYTES } from './content-type.js'
import { createDigest } from './digest.js'
import type { DropReason } from './reference.js'
import { type ArtifactSource, droppedSource, memorySource, type SourceDescription } from './source.js'

/** Asks for room for so many bytes, or gives it back. */
export interface ByteBudget {
  /** @returns whether there was room */
  reserve(bytes: number): boolean
  release(bytes: number): void
}

/** Collects content that passes by bit by bit: copies it, hashes it, and stops keeping it where a limit is reached. */
export interface Accumulator {
  /** How much has passed so far, in bytes, kept or not. */
  readonly sizeBytes: number
  /** Takes a copy: the caller may use its buffer again. */
  write(bytes: Uint8Array): void
  /** Ends the content. Gives the reserved room back, so submit the source before anything else runs. */
  finish(description?: SourceDescription): ArtifactSource
  /** Forgets the content and gives the reserved room back. */
  discard(): void
}

/**
 * @param options.maxBytes content beyond this size is hashed and counted, but not kept
 * @param options.budget where the room for the kept bytes comes from
 */
export function createAccumulator(options: { maxBytes: number; budget: ByteBudget }): Accumulator {
  const { maxBytes, budget } = options
  const hash = createDigest()
  const head = new Uint8Array(CONTENT_TYPE_HEAD_BYTES)
  let kept: Uint8Array[] = []
  let reservedBytes = 0
  let sizeBytes = 0
  let dropped: DropReason | undefined

  const releaseAll = (): void => {
    budget.release(reservedBytes)
    reservedBytes = 0
    kept = []
  }

  const keep = (bytes: Uint8Array): void => {
    if (dropped !== undefined) return
    if (sizeBytes > maxBytes) dropped = 'too_large'
    else if (!budget.reserve(bytes.length)) dropped = 'queue_full'
    if (dropped === undefined) {
      reservedBytes += bytes.length
      // Not `slice()`: a Buffer's shares its memory.
      kept.push(new Uint8Array(bytes))
    } else {
      releaseAll()
    }
  }

  return {
    get sizeBytes() {
      return sizeBytes
    },
    write(bytes) {
      if (sizeBytes < CONTENT_TYPE_HEAD_BYTES) {
        head.set(bytes.subarray(0, CONTENT_TYPE_HEAD_BYTES - sizeBytes), sizeBytes)
      }
      hash.update(bytes)
      sizeBytes += bytes.length
      keep(bytes)
    },
    finish(description = {}) {
      const sha256 = hash.digestHex()
      const buffers = kept
      releaseAll()
      if (dropped === undefined) return memorySource(buffers, { sha256, description })
      return droppedSource({ sha256, sizeBytes, dropped, description, head: head.subarray(0, sizeBytes) })
    },
    discard: releaseAll,
  }
}

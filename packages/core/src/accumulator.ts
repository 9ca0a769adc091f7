import { CONTENT_TYPE_HEAD_BYTES } from './content-type.js'
import { digestAtOnce } from './digest.js'
import type { DropReason } from './reference.js'
import {
  type ArtifactSource,
  droppedSource,
  headOf,
  MemorySource,
  type SourceDescription,
  spooledSource,
} from './source.js'
import { discardedWhenForgotten } from './spool/forgotten-captures.js'
import type { SpoolingContent } from './spool/spool-capture.js'
import { createTrailingDigest, type TrailingDigest } from './trailing-digest.js'

/** Asks for room for so many bytes in memory, or gives it back. */
export interface ByteBudget {
  /** @returns whether there was room */
  reserve(bytes: number): boolean
  release(bytes: number): void
}

/** Where captured content may go: memory, and a file of the spool. */
export interface CaptureSpace {
  readonly memory: ByteBudget
  /**
   * Starts a file.
   *
   * @param digest is given what is written to it, and has hashed it before the memory is used again
   * @returns undefined when there is no room on disk, or no disk
   */
  startFile(digest: TrailingDigest): SpoolingContent | undefined
}

/** Content up to this size stays in memory while it is captured, in bytes; what is larger goes to a file. */
export const MAX_CAPTURE_MEMORY_BYTES: number = 64 * 1024

/**
 * Chunks smaller than this are put behind each other, in bytes: one of its own takes a hundred bytes more, and content may come
 * in as many chunks as it has bytes.
 */
const MIN_OWN_CHUNK_BYTES: number = 4 * 1024

/** How much memory is taken for such chunks at once, in bytes, at most. */
const MAX_TAIL_BYTES: number = 16 * 1024

const NOTHING: Uint8Array = new Uint8Array()

/** Collects content that passes by bit by bit: copies it, hashes it, and stops keeping it where a limit is reached. */
export interface Accumulator {
  /** How much has passed so far, in bytes, kept or not. */
  readonly sizeBytes: number
  /** Takes a copy: the caller may use its buffer again. What comes after the end is not looked at. */
  write(bytes: Uint8Array): void
  /** Ends the content, once. Gives the reserved room back, so submit the source before anything else runs. */
  finish(description?: SourceDescription): ArtifactSource
  /** Forgets the content and gives the reserved room back. */
  discard(): void
  /**
   * For those who can make their source wait: resolves when less is on its way to the disk; `undefined` where there is
   * nothing to wait for.
   */
  drained(): Promise<void> | undefined
}

/**
 * Small content is kept in memory, larger content goes to a file while it passes by, and where there is no room for a
 * file, memory has to do.
 *
 * @param options.maxBytes content beyond this size is hashed and counted, but not kept
 * @param options.space where the room for the kept bytes comes from
 * @param options.dropped why nothing is kept from the first byte on, if so
 */
export function createAccumulator(options: {
  maxBytes: number
  space: CaptureSpace
  dropped?: DropReason | undefined
}): Accumulator {
  const { maxBytes, space } = options
  let head = NOTHING
  /** Small content is hashed in one go at its end, which takes a third of the time and no hash object. */
  let digest: TrailingDigest | undefined
  let kept: Uint8Array[] = []
  /** What the last of the kept chunks is the beginning of, where there is room behind it. */
  let tail = NOTHING
  let file: SpoolingContent | undefined
  let reservedBytes = 0
  let sizeBytes = 0
  /** Whether it was finished or discarded: room that was taken after that would never be given back. */
  let isOver = false
  let { dropped } = options

  const releaseMemory = (): void => {
    space.memory.release(reservedBytes)
    reservedBytes = 0
    kept = []
    tail = NOTHING
  }
  const drop = (reason: DropReason): void => {
    dropped = reason
    releaseMemory()
    file?.capture.discard()
    file = undefined
  }

  /** Moves what is in memory so far to a new file. @returns whether that was possible */
  const moveToFile = (hashing: TrailingDigest): boolean => {
    file = space.startFile(hashing)
    if (file === undefined) return false
    const { capture } = file
    if (!kept.every((bytes) => capture.restore(bytes))) drop('queue_full')
    else releaseMemory()
    return true
  }

  const takeMemory = (bytes: number): Uint8Array | undefined => {
    if (!space.memory.reserve(bytes)) return undefined
    reservedBytes += bytes
    return new Uint8Array(bytes)
  }

  /** @returns whether there was room */
  const keepInMemory = (bytes: Uint8Array): boolean => {
    const last = kept.at(-1)
    if (last !== undefined && bytes.length < MIN_OWN_CHUNK_BYTES) return keepBehind(last, bytes)
    const copy = takeMemory(bytes.length)
    copy?.set(bytes)
    if (copy !== undefined) kept.push(copy)
    tail = NOTHING
    return copy !== undefined
  }

  /** Fills the memory behind the last chunk first. */
  const keepBehind = (last: Uint8Array, bytes: Uint8Array): boolean => {
    const room = Math.min(Math.max(tail.length - last.length, 0), bytes.length)
    const rest = bytes.subarray(room)
    const memory = rest.length > 0 ? (takeMemory(tailBytes(rest.length)) ?? takeMemory(rest.length)) : NOTHING
    if (memory === undefined) return false
    if (room > 0) {
      tail.set(bytes.subarray(0, room), last.length)
      kept[kept.length - 1] = tail.subarray(0, last.length + room)
    }
    if (rest.length > 0) {
      tail = memory
      tail.set(rest)
      kept.push(tail.subarray(0, rest.length))
    }
    return true
  }

  /** As much again as there is already, within bounds: then the chunks are few, and half of the memory is in use. */
  const tailBytes = (wantedBytes: number): number => {
    const smallBytes = MAX_CAPTURE_MEMORY_BYTES - reservedBytes
    const growth = Math.min(sizeBytes, MAX_TAIL_BYTES, smallBytes > 0 ? smallBytes : MAX_TAIL_BYTES)
    return Math.max(wantedBytes, growth)
  }

  /** Keeps what has just passed. @returns how much of it the digest has got thereby, in bytes */
  const keep = (bytes: Uint8Array, hashing: TrailingDigest): number => {
    if (dropped !== undefined) return 0
    if (sizeBytes > maxBytes) {
      drop('too_large')
      return 0
    }
    if (file === undefined) {
      const isInMemory = sizeBytes <= MAX_CAPTURE_MEMORY_BYTES && keepInMemory(bytes)
      if (isInMemory || (!moveToFile(hashing) && keepInMemory(bytes))) {
        const last = kept.at(-1)
        // What more is put behind is hashed at once: it would be a view of its own until then.
        if (last === undefined || tail !== NOTHING) return 0
        hashing.add(last)
        return bytes.length
      }
    }
    const taken = file?.capture.write(bytes) ?? 0
    if (taken < bytes.length) drop('queue_full')
    return taken
  }

  const startDigest = (): TrailingDigest => {
    const started = createTrailingDigest()
    for (const bytes of kept) started.add(bytes)
    head = headOf(kept)
    return started
  }

  return {
    get sizeBytes() {
      return sizeBytes
    },
    write(bytes) {
      if (bytes.length === 0 || isOver) return
      const isSmall = sizeBytes + bytes.length <= Math.min(MAX_CAPTURE_MEMORY_BYTES, maxBytes)
      const isKept = digest === undefined && dropped === undefined && isSmall && keepInMemory(bytes)
      if (isKept) {
        sizeBytes += bytes.length
        return
      }
      digest ??= startDigest()
      if (head.length < CONTENT_TYPE_HEAD_BYTES) head = new Uint8Array(headOf([head, bytes]))
      sizeBytes += bytes.length
      const hashed = keep(bytes, digest)
      if (hashed < bytes.length) digest.addNow(bytes.subarray(hashed))
    },
    finish(description = {}) {
      isOver = true
      const sha256 = digest?.digestHex() ?? digestAtOnce(kept)
      const facts = { sha256, sizeBytes, description, head }
      const buffers = kept
      const memoryBytes = reservedBytes
      const spooling = file
      file = undefined
      releaseMemory()
      if (dropped !== undefined) return droppedSource({ ...facts, dropped })
      if (spooling !== undefined) return discardedWhenForgotten(spooledSource(spooling, facts), spooling)
      return new MemorySource(buffers, { sha256, description, memoryBytes })
    },
    discard() {
      isOver = true
      releaseMemory()
      file?.capture.discard()
      file = undefined
    },
    drained: () => (file?.capture.isBusy === true ? file.capture.drained() : undefined),
  }
}

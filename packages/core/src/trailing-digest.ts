import { platform } from '#platform'
import { createDigest } from './digest.js'

/** How much is gathered, in bytes, before a turn of the event loop is asked for to hash it. */
const MIN_TURN_BYTES: number = 128 * 1024

/**
 * How much may wait to be hashed, in bytes, before it is hashed at once: what is waiting when the content ends is hashed on
 * the stack of whoever ends it.
 */
const MAX_WAITING_BYTES = 1_048_576

/**
 * Hashes content that passes by, a moment after it has passed: the application gets it first, and what it starts with it,
 * such as a write to the disk, goes on while this one hashes.
 */
export interface TrailingDigest {
  /** Takes some content, which must stay as it is until it is hashed. */
  add(bytes: Uint8Array): void
  /** Hashes what waits, and some content that is nobody's to keep. */
  addNow(bytes: Uint8Array): void
  /** Hashes what waits. */
  settle(): void
  /** Ends the computation. @returns 64 lower-case hexadecimal digits */
  digestHex(): string
}

/** Starts a SHA-256 that is computed in turns of the event loop of its own. */
export function createTrailingDigest(): TrailingDigest {
  const hash = createDigest()
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  let isPlanned = false

  const settle = (): void => {
    const due = waiting
    waiting = []
    waitingBytes = 0
    for (const bytes of due) hash.update(bytes)
  }
  const settleLater = (): void => {
    isPlanned = true
    platform.defer(() => {
      isPlanned = false
      settle()
    })
  }

  return {
    add(bytes) {
      waiting.push(bytes)
      waitingBytes += bytes.length
      if (waitingBytes > MAX_WAITING_BYTES) settle()
      else if (waitingBytes >= MIN_TURN_BYTES && !isPlanned) settleLater()
    },
    addNow(bytes) {
      settle()
      hash.update(bytes)
    },
    settle,
    digestHex() {
      settle()
      return hash.digestHex()
    },
  }
}

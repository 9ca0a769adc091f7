import type { SpoolUsage } from './spool-directory.js'

/**
 * What a file takes besides its content, in bytes: header, trailer, and the rest of its last block. A little more than
 * the truth, so that the limit holds.
 */
const FILE_OVERHEAD_BYTES = 4096

/** Room for one file, taken before it is written, so that a submission can be decided at once. */
export interface SpoolReservation {
  /** Takes room for more content. @returns whether there was any */
  grow(bytes: number): boolean
  /** The file is written, and the volume has been measured since. */
  written(): void
  /** Gives the room back: the file is gone, or was never written. */
  release(): void
}

/** What limits the spool from outside: the volume, and other processes. */
export interface SpoolSurroundings {
  readonly roomBytes: number
  readonly others: SpoolUsage
}

const UNKNOWN_SURROUNDINGS: SpoolSurroundings = { roomBytes: Number.POSITIVE_INFINITY, others: { bytes: 0, files: 0 } }

/** Keeps the account of the spool's room, in memory: to ask for room takes no I/O. */
export class SpoolSpace {
  /** As measured last; before the spool is open nothing is known. */
  surroundings: SpoolSurroundings = UNKNOWN_SURROUNDINGS
  readonly #limits: { readonly maxBytes: number; readonly maxFiles: number }
  #bytes = 0
  #files = 0
  /** Of that, what the last measurement of the volume has not seen. */
  #unwrittenBytes = 0

  constructor(limits: { maxBytes: number; maxFiles: number }) {
    this.#limits = limits
  }

  /** What this process holds, reserved or written. */
  get usage(): SpoolUsage {
    return { bytes: this.#bytes, files: this.#files }
  }

  /** Takes room for a file. @returns undefined when there is none */
  reserve(contentBytes: number): SpoolReservation | undefined {
    const { others } = this.surroundings
    if (this.#files + others.files >= this.#limits.maxFiles) return undefined
    if (!this.#hasRoomFor(contentBytes + FILE_OVERHEAD_BYTES)) return undefined
    return this.#take(contentBytes)
  }

  /** Takes room for a file that is there already, whether there is any or not. */
  adopt(contentBytes: number): SpoolReservation {
    const reservation = this.#take(contentBytes)
    reservation.written()
    return reservation
  }

  #hasRoomFor(bytes: number): boolean {
    const { roomBytes, others } = this.surroundings
    return this.#bytes + others.bytes + bytes <= this.#limits.maxBytes && this.#unwrittenBytes + bytes <= roomBytes
  }

  #take(contentBytes: number): SpoolReservation {
    let bytes = 0
    let isUnwritten = true
    let isHeld = true
    const add = (more: number): void => {
      bytes += more
      this.#bytes += more
      this.#unwrittenBytes += more
    }
    add(contentBytes + FILE_OVERHEAD_BYTES)
    this.#files += 1
    const written = (): void => {
      if (isUnwritten) this.#unwrittenBytes -= bytes
      isUnwritten = false
    }
    return {
      grow: (more) => {
        if (!this.#hasRoomFor(more)) return false
        add(more)
        return true
      },
      written,
      release: () => {
        if (!isHeld) return
        isHeld = false
        written()
        this.#bytes -= bytes
        this.#files -= 1
      },
    }
  }
}

/**
 * Most that may wait in memory to be written to the spool, in bytes, beyond the memory budget. A disk that is slower than
 * the application fills it; then artifacts are dropped.
 */
const MAX_BACKLOG_BYTES = 33_554_432

/** Beyond this many bytes those who can make their source wait should: below, bursts pass at the speed of memory. */
const HIGH_BACKLOG_BYTES = 4_194_304

/** Bounds the memory of content on its way to the disk. */
export class SpoolBacklog {
  #bytes = 0

  /** Bytes on their way. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether those who can make their source wait should. */
  get isHigh(): boolean {
    return this.#bytes > HIGH_BACKLOG_BYTES
  }

  /** @returns whether there was room; one alone always has, however large it is */
  reserve(bytes: number): boolean {
    if (this.#bytes > 0 && this.#bytes + bytes > MAX_BACKLOG_BYTES) return false
    this.#bytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#bytes -= bytes
  }
}

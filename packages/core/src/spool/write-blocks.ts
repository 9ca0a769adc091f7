/**
 * How much of a capture is gathered before it is written, in bytes. What a write costs the event loop is waking a thread of
 * the pool, 40 µs on a virtual machine, however much is written; smaller blocks have more of that, larger ones hold more memory.
 */
export const WRITE_BLOCK_BYTES: number = 256 * 1024

/** Blocks that are kept for the next use while content passes by, 16 MiB of them: a busy event loop fills many in one turn. */
const MAX_SPARE_BLOCKS = 64
/** Blocks that are kept when none does, 1 MiB of them. */
const MAX_IDLE_BLOCKS = 4

/** A piece of memory that is filled, written, and filled again. */
export interface WriteBlock {
  readonly bytes: Uint8Array
  /** How much of it is filled, in bytes. */
  length: number
}

/**
 * Blocks that are used again and again: a new buffer for each chunk that passes is garbage outside the heap, which grows
 * until the engine collects it.
 */
export class WriteBlocks {
  readonly #spare: WriteBlock[] = []

  /** An empty block. */
  take(): WriteBlock {
    return this.#spare.pop() ?? { bytes: new Uint8Array(WRITE_BLOCK_BYTES), length: 0 }
  }

  /** Takes a block back. */
  put(block: WriteBlock): void {
    block.length = 0
    if (this.#spare.length < MAX_SPARE_BLOCKS) this.#spare.push(block)
  }

  /** Lets go of what is more than the next content will need at once. */
  trim(): void {
    this.#spare.length = Math.min(this.#spare.length, MAX_IDLE_BLOCKS)
  }
}

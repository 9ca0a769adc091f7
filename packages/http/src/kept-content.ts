/** Content up to this size is copied into memory of its own: a block would be mostly empty. In bytes. */
const MAX_SMALL_BYTES: number = 16 * 1024

const BLOCK_BYTES: number = 32 * 1024

/** What waits to be used again, at most: 8 MiB. */
const MAX_SPARE_BLOCKS = 256

const spareBlocks: Uint8Array[] = []

/** Before the first chunk. Never pushed to. */
const NOTHING: Uint8Array[] = []

/**
 * Keeps what passes by, in blocks that are used again where there is much of it: fresh memory for each body is garbage outside
 * of the heap, and much of it makes V8 collect all of the heap, which costs a server as much as hashing the bodies does.
 */
export class KeptContent {
  #chunks: Uint8Array[] = NOTHING
  #blocks: Uint8Array[] | undefined
  /** How much of the last block is filled, in bytes. */
  #filledBytes = BLOCK_BYTES
  #sizeBytes = 0

  /** What has been kept, in order. */
  get chunks(): readonly Uint8Array[] {
    return this.#chunks
  }

  /** How much memory it takes, in bytes: the blocks that were begun count whole. */
  get memoryBytes(): number {
    return Math.max(this.#sizeBytes, (this.#blocks?.length ?? 0) * BLOCK_BYTES)
  }

  /** Whether any of it is in memory that can be used again. */
  get isInBlocks(): boolean {
    return this.#blocks !== undefined
  }

  /** Keeps bytes that nobody else has. */
  add(bytes: Uint8Array): void {
    this.#sizeBytes += bytes.length
    // Most bodies are one chunk: an array that is pushed to makes room for many.
    if (this.#chunks.length === 0) this.#chunks = [bytes]
    else this.#chunks.push(bytes)
  }

  /** Keeps a copy. */
  copy(bytes: Uint8Array): void {
    if (this.#blocks === undefined && this.#sizeBytes + bytes.length <= MAX_SMALL_BYTES) {
      // `Buffer.from` copies anything that is like an array, and takes twice as long.
      const copy = Buffer.allocUnsafe(bytes.length)
      copy.set(bytes)
      this.add(copy)
      return
    }
    for (let offset = 0; offset < bytes.length;) {
      const block = this.#openBlock()
      const start = this.#filledBytes
      const part = bytes.subarray(offset, offset + BLOCK_BYTES - start)
      block.set(part, start)
      this.#filledBytes += part.length
      offset += part.length
      this.add(block.subarray(start, this.#filledBytes))
    }
  }

  /** Forgets the content and lets the next one use the memory. Call it only when nobody reads the chunks any more. */
  recycle(): void {
    const blocks = this.#blocks ?? []
    this.#chunks = NOTHING
    this.#blocks = undefined
    this.#filledBytes = BLOCK_BYTES
    this.#sizeBytes = 0
    for (const block of blocks) if (spareBlocks.length < MAX_SPARE_BLOCKS) spareBlocks.push(block)
  }

  #openBlock(): Uint8Array {
    this.#blocks ??= []
    const last = this.#blocks.at(-1)
    if (last !== undefined && this.#filledBytes < BLOCK_BYTES) return last
    // Not zeroed, nor shared: only what was written is ever read.
    const block = spareBlocks.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
    this.#blocks.push(block)
    this.#filledBytes = 0
    return block
  }
}

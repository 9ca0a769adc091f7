/** Content up to this size is copied into memory of its own: a block would be mostly empty. In bytes. */
const MAX_SMALL_BYTES: number = 16 * 1024

const BLOCK_BYTES: number = 32 * 1024

/** What waits to be used again, at most: 8 MiB. */
const MAX_SPARE_BLOCKS = 256

/**
 * What nobody else has is copied all the same where it is smaller than this and not all there is, in bytes: each chunk of its
 * own takes a hundred bytes more, and a body may come in as many chunks as it has bytes.
 */
const MIN_OWN_CHUNK_BYTES = 1024

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
  /** Where the next bytes go, as far as there is room: a block, or memory for a small body. */
  #open: Uint8Array | undefined
  /** How much of the open memory is filled, in bytes, and where in it the last chunk begins; -1 where that is elsewhere. */
  #filledBytes = 0
  #lastChunkAt = -1
  #sizeBytes = 0
  #memoryBytes = 0

  /** What has been kept, in order: few chunks, however many it came in. */
  get chunks(): readonly Uint8Array[] {
    return this.#chunks
  }

  /** How much memory it takes, in bytes: what was begun counts whole. */
  get memoryBytes(): number {
    return this.#memoryBytes
  }

  /** Whether any of it is in memory that can be used again. */
  get isInBlocks(): boolean {
    return this.#blocks !== undefined
  }

  /** Keeps bytes that nobody else has. */
  add(bytes: Uint8Array): void {
    if (this.#sizeBytes > 0 && bytes.length < MIN_OWN_CHUNK_BYTES) return this.copy(bytes)
    this.#memoryBytes += bytes.length
    this.#sizeBytes += bytes.length
    this.#lastChunkAt = -1
    this.#append(bytes)
  }

  /** Keeps a copy. */
  copy(bytes: Uint8Array): void {
    if (this.#sizeBytes === 0 && bytes.length <= MAX_SMALL_BYTES) {
      // `Buffer.from` copies anything that is like an array, and takes twice as long.
      const copy = Buffer.allocUnsafe(bytes.length)
      copy.set(bytes)
      this.add(copy)
      return
    }
    for (let offset = 0; offset < bytes.length;) {
      const memory = this.#memoryFor(bytes.length - offset)
      const part = bytes.subarray(offset, offset + memory.length - this.#filledBytes)
      memory.set(part, this.#filledBytes)
      this.#filledBytes += part.length
      this.#sizeBytes += part.length
      offset += part.length
      this.#showFilled(memory, part.length)
    }
  }

  /** Forgets the content and lets the next one use the memory. Call it only when nobody reads the chunks any more. */
  recycle(): void {
    const blocks = this.#blocks ?? []
    this.#chunks = NOTHING
    this.#blocks = undefined
    this.#open = undefined
    this.#filledBytes = 0
    this.#lastChunkAt = -1
    this.#sizeBytes = 0
    this.#memoryBytes = 0
    for (const block of blocks) if (spareBlocks.length < MAX_SPARE_BLOCKS) spareBlocks.push(block)
  }

  #append(chunk: Uint8Array): void {
    // Most bodies are one chunk: an array that is pushed to makes room for many.
    if (this.#chunks.length === 0) this.#chunks = [chunk]
    else this.#chunks.push(chunk)
  }

  /** The last chunk grows by what was written behind it. */
  #showFilled(memory: Uint8Array, writtenBytes: number): void {
    if (this.#lastChunkAt === -1) {
      this.#lastChunkAt = this.#filledBytes - writtenBytes
      this.#append(memory.subarray(this.#lastChunkAt, this.#filledBytes))
    } else this.#chunks[this.#chunks.length - 1] = memory.subarray(this.#lastChunkAt, this.#filledBytes)
  }

  /** @returns memory that has room for at least one byte more */
  #memoryFor(wantedBytes: number): Uint8Array {
    if (this.#open !== undefined && this.#filledBytes < this.#open.length) return this.#open
    const isSmall = this.#sizeBytes + wantedBytes <= MAX_SMALL_BYTES
    // As much again as there is: then the chunks are few, and half of the memory is in use.
    const memory = isSmall ? Buffer.allocUnsafe(Math.max(wantedBytes, this.#sizeBytes)) : this.#openBlock()
    this.#open = memory
    this.#filledBytes = 0
    this.#lastChunkAt = -1
    this.#memoryBytes += memory.length
    return memory
  }

  #openBlock(): Uint8Array {
    // Not zeroed, nor shared: only what was written is ever read.
    const block = spareBlocks.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
    this.#blocks ??= []
    this.#blocks.push(block)
    return block
  }
}

import type { TrailingDigest } from '../trailing-digest.js'
import type { SpoolBacklog } from './spool-backlog.js'
import type { SpoolFile, SpoolFileWriter, SpoolHeader } from './spool-directory.js'
import type { SpoolReservation } from './spool-space.js'
import { WRITE_BLOCK_BYTES, type WriteBlock, type WriteBlocks } from './write-blocks.js'

/** A capture that has less than this on its way to the disk, in bytes, need not be waited for: others fill the disk. */
const DRAIN_ABOVE_BYTES = 1_048_576

/** Content that is on its way to a file of the spool, and the room for it. */
export interface SpoolingContent {
  readonly capture: SpoolCapture
  readonly reservation: SpoolReservation
}

export interface SpoolCaptureOptions {
  readonly reservation: SpoolReservation
  readonly backlog: SpoolBacklog
  readonly blocks: WriteBlocks
  /** Is given the copies of what is written, and has to be done with them before the memory is used again. */
  readonly digest: TrailingDigest
  readonly createFile: () => Promise<SpoolFileWriter>
  /** The file is complete, and the volume is to be measured. */
  readonly onWritten: () => Promise<void>
  readonly onFailed: (error: unknown) => void
  /** It is over, in whichever way. */
  readonly onEnd: () => void
}

/** Content of unknown length that goes to a file of the spool while it passes by. */
export class SpoolCapture {
  readonly #options: SpoolCaptureOptions
  /** Resolves with the complete file, some time after `finish()`; rejects with the error of the disk. */
  readonly written: Promise<SpoolFile>
  readonly #settle = Promise.withResolvers<SpoolFile>()
  readonly #file: Promise<SpoolFileWriter>
  /** The block that is being filled. */
  #block: WriteBlock | undefined
  /** Full ones, which wait for their turn. */
  #pending: WriteBlock[] = []
  /** Those and the ones that are being written. */
  #blocksUnderWay = 0
  #pumping: Promise<void> = Promise.resolve()
  #isPumping = false
  #hasFailed = false
  /** Whether it was finished or discarded. */
  #isOver = false

  constructor(options: SpoolCaptureOptions) {
    this.#options = options
    this.written = this.#settle.promise
    // It may never be looked at.
    this.written.catch(() => undefined)
    this.#file = options.createFile()
    this.#file.catch((error: unknown) => this.#fail(error))
  }

  /**
   * Takes a copy of some content, and lets it be hashed.
   *
   * @returns how much of it was taken, in bytes: less than all of it where there is no room, or the disk is bad
   */
  write(bytes: Uint8Array): number {
    return this.#copy(bytes, (copy) => this.#options.digest.add(copy))
  }

  /** Takes a copy of content that has been hashed already. @returns whether all of it was taken */
  restore(bytes: Uint8Array): boolean {
    return this.#copy(bytes) === bytes.length
  }

  /** Whether much is on its way to the disk. */
  get isBusy(): boolean {
    const isLarge = this.#blocksUnderWay * WRITE_BLOCK_BYTES > DRAIN_ABOVE_BYTES
    return isLarge && this.#options.backlog.isHigh && !this.#hasFailed
  }

  /** Waits while much is on its way to the disk. */
  async drained(): Promise<void> {
    while (this.isBusy) await this.#pumping
  }

  /** Completes the file in the background: `written` tells the outcome. */
  finish(header: SpoolHeader): void {
    this.#isOver = true
    if (this.#block !== undefined) this.#writeBlock(this.#block)
    this.#complete(header).then(this.#settle.resolve, this.#settle.reject)
  }

  /** Forgets the content, unless it is over already. */
  discard(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#hasFailed = true
    this.#settle.reject(new Error('the content was discarded'))
    void this.#abort().then(() => this.#options.onEnd())
  }

  async #complete(header: SpoolHeader): Promise<SpoolFile> {
    try {
      const file = await this.#file
      await this.#pumping
      if (this.#hasFailed) throw new Error('the content could not be written')
      const complete = await file.commit(header)
      await this.#options.onWritten()
      this.#options.reservation.written()
      return complete
    } catch (error) {
      this.#fail(error)
      await this.#abort()
      throw error
    } finally {
      this.#options.onEnd()
    }
  }

  #copy(bytes: Uint8Array, onCopied?: (copy: Uint8Array) => void): number {
    if (this.#hasFailed || !this.#options.reservation.grow(bytes.length)) return 0
    for (let taken = 0; taken < bytes.length;) {
      const block = (this.#block ??= this.#takeBlock())
      if (block === undefined) return taken
      const start = block.length
      const room = WRITE_BLOCK_BYTES - start
      // A view of a Buffer costs more than copying a small one.
      const part = taken === 0 && bytes.length <= room ? bytes : bytes.subarray(taken, taken + room)
      block.bytes.set(part, start)
      block.length += part.length
      taken += part.length
      onCopied?.(block.bytes.subarray(start, block.length))
      if (block.length === WRITE_BLOCK_BYTES) this.#writeBlock(block)
    }
    return bytes.length
  }

  #takeBlock(): WriteBlock | undefined {
    return this.#options.backlog.reserve(WRITE_BLOCK_BYTES) ? this.#options.blocks.take() : undefined
  }

  #writeBlock(block: WriteBlock): void {
    this.#block = undefined
    this.#pending.push(block)
    this.#blocksUnderWay += 1
    if (!this.#isPumping) this.#pumping = this.#pump()
  }

  async #pump(): Promise<void> {
    this.#isPumping = true
    try {
      const file = await this.#file
      while (this.#pending.length > 0 && !this.#hasFailed) {
        // All at once: a busy event loop hands over many chunks in a turn, and ends but one write in it.
        const blocks = this.#pending.splice(0)
        try {
          await file.write(blocks.map(({ bytes, length }) => bytes.subarray(0, length)))
        } finally {
          this.#blocksUnderWay -= blocks.length
          for (const block of blocks) this.#giveBack(block)
        }
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#isPumping = false
    }
  }

  #giveBack(block: WriteBlock): void {
    this.#options.digest.settle()
    this.#options.backlog.release(WRITE_BLOCK_BYTES)
    this.#options.blocks.put(block)
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#options.onFailed(error)
  }

  async #abort(): Promise<void> {
    await this.#pumping
    for (const block of this.#pending.splice(0)) this.#giveBack(block)
    if (this.#block !== undefined) this.#giveBack(this.#block)
    this.#block = undefined
    try {
      await (await this.#file).abort()
    } catch {
      // There is no file then.
    }
    this.#options.reservation.release()
  }
}

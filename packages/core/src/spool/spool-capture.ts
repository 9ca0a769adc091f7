import type { SpoolBacklog } from './spool-backlog.js'
import type { SpoolFile, SpoolFileWriter, SpoolHeader } from './spool-directory.js'
import type { SpoolReservation } from './spool-space.js'

/** A capture that has more than this on its way to the disk, in bytes, should be waited for by those who can. */
const DRAIN_ABOVE_BYTES = 1_048_576

/** Content that is on its way to a file of the spool, and the room for it. */
export interface SpoolingContent {
  readonly capture: SpoolCapture
  readonly reservation: SpoolReservation
}

export interface SpoolCaptureOptions {
  readonly reservation: SpoolReservation
  readonly backlog: SpoolBacklog
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
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #pumping: Promise<void> = Promise.resolve()
  #isPumping = false
  #hasFailed = false

  constructor(options: SpoolCaptureOptions) {
    this.#options = options
    this.written = this.#settle.promise
    // It may never be looked at.
    this.written.catch(() => undefined)
    this.#file = options.createFile()
    this.#file.catch((error: unknown) => this.#fail(error))
  }

  /** Takes some content, which is the capture's from here on. @returns false when it cannot be kept: no room, or a bad disk */
  write(bytes: Uint8Array): boolean {
    if (this.#hasFailed) return false
    if (!this.#options.reservation.grow(bytes.length)) return false
    if (!this.#options.backlog.reserve(bytes.length)) return false
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    if (!this.#isPumping) this.#pumping = this.#pump()
    return true
  }

  /** Waits while much is on its way to the disk. */
  async drained(): Promise<void> {
    while (this.#pendingBytes > DRAIN_ABOVE_BYTES && !this.#hasFailed) await this.#pumping
  }

  /** Completes the file in the background: `written` tells the outcome. */
  finish(header: SpoolHeader): void {
    this.#complete(header).then(this.#settle.resolve, this.#settle.reject)
  }

  /** Forgets the content. */
  discard(): void {
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

  async #pump(): Promise<void> {
    this.#isPumping = true
    try {
      const file = await this.#file
      while (this.#pending.length > 0 && !this.#hasFailed) {
        const batch = this.#pending
        this.#pending = []
        await file.write(batch).finally(() => this.#written(batch))
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#isPumping = false
      if (this.#hasFailed) this.#written(this.#pending.splice(0))
    }
  }

  #written(batch: readonly Uint8Array[]): void {
    const bytes = batch.reduce((total, { length }) => total + length, 0)
    this.#pendingBytes -= bytes
    this.#options.backlog.release(bytes)
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#options.onFailed(error)
  }

  async #abort(): Promise<void> {
    await this.#pumping
    // The pump may have ended before more was written to it.
    this.#written(this.#pending.splice(0))
    try {
      await (await this.#file).abort()
    } catch {
      // There is no file then.
    }
    this.#options.reservation.release()
  }
}

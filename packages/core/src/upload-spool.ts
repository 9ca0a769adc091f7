import { diagnostics } from './diagnostics.js'
import { ArtifactUploadError } from './errors.js'
import { PendingUpload } from './pending-upload.js'
import type { UploadQueue } from './queue.js'
import type { SpoolingContent } from './spool/spool-capture.js'
import type { SpoolDirectory, SpoolFile, SpoolHeader } from './spool/spool-directory.js'
import type { SpoolReservation } from './spool/spool-space.js'
import { Spool } from './spool/spool.js'
import { asSpoolError, describeError, spooledUpload } from './spool/spooled-content.js'
import type { TrailingDigest } from './trailing-digest.js'

export interface UploadSpoolOptions {
  readonly maxBytes: number
  readonly maxFiles: number
  /** For how long an artifact stays, in milliseconds. */
  readonly maxAgeMs: number
  readonly open: () => Promise<SpoolDirectory>
  readonly hasLeftovers: () => Promise<boolean>
  readonly queue: UploadQueue
  /** An artifact of another process was found. @returns the same content that waits here already, or is known as stored */
  readonly recovered: (header: SpoolHeader) => 'new' | 'stored' | PendingUpload
  /** A file was found that is not what it should be. */
  readonly damaged: () => void
  readonly wake: () => void
  readonly fail: (upload: PendingUpload, error: ArtifactUploadError) => void
}

/** Moves uploads between memory and disk, and keeps queue and spool in step. */
export class UploadSpool {
  readonly #options: UploadSpoolOptions
  readonly #spool: Spool
  readonly #reservations = new Map<PendingUpload, SpoolReservation>()
  readonly #work = new Set<Promise<void>>()
  #isClosed = false

  constructor(options: UploadSpoolOptions) {
    this.#options = options
    this.#spool = new Spool({
      maxBytes: options.maxBytes,
      maxFiles: options.maxFiles,
      open: options.open,
      hasLeftovers: options.hasLeftovers,
      observer: {
        recovered: (file, reservation) => this.#recovered(file, reservation),
        damaged: options.damaged,
        unavailable: (error) =>
          diagnostics.warn('spool_unavailable', `artifacts stay in memory: the spool fails: ${describeError(error)}`),
        tick: () => this.#expire(),
        expiredElsewhere: (artifacts) =>
          diagnostics.warn(
            'spool_expired',
            `${artifacts} artifacts are deleted that waited too long in spools of other endpoints or tokens`,
          ),
      },
    })
  }

  /** Whether the disk is in use: neither at rest after a failure, nor closed. */
  get isUsable(): boolean {
    return this.#spool.isUsable
  }

  /** Looks for artifacts that other processes have left. Never rejects. */
  recover(): Promise<void> {
    return this.#spool.recover()
  }

  /** Takes room for content. Takes no I/O. @returns undefined when there is none, or the disk fails */
  reserve(contentBytes: number, memoryBytes: number): SpoolReservation | undefined {
    return this.#spool.reserve(contentBytes, memoryBytes)
  }

  /** Starts a file for content that passes by. @returns undefined when there is no room, or the disk fails */
  startCapture(digest: TrailingDigest): SpoolingContent | undefined {
    return this.#spool.startCapture(digest)
  }

  /** Writes an upload into the room that was taken for it, in the background. */
  write(upload: PendingUpload, reservation: SpoolReservation, memoryBytes: number): void {
    upload.isSpooling = true
    this.#track(this.#writeFile(upload, reservation, memoryBytes))
  }

  /** Moves an upload from memory to disk, if there is room. @returns whether it is under way */
  spill(upload: PendingUpload): boolean {
    if (!upload.isInMemory || upload.isOver) return false
    const reservation = this.#spool.reserve(upload.artifact.sizeBytes, 0)
    if (reservation === undefined) return false
    this.write(upload, reservation, 0)
    return true
  }

  /** Moves everything from memory to disk that there is room for. */
  async spillAll(): Promise<void> {
    for (const upload of this.#options.queue.all()) this.spill(upload)
    await this.settled()
  }

  /** Completes the file of an upload whose content passed by, in the background. */
  finishCapture(upload: PendingUpload, { capture, reservation }: SpoolingContent): void {
    upload.isSpooling = true
    capture.finish(this.#headerOf(upload))
    this.#track(this.#awaitFile(upload, capture.written, reservation))
  }

  /** An upload is over: its file is not needed any more. */
  forget(upload: PendingUpload): void {
    if (upload.file === undefined) return
    const reservation = this.#reservations.get(upload)
    this.#reservations.delete(upload)
    this.#remove(upload.file, reservation)
  }

  /** Resolves when nothing is being written or deleted. Never rejects. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work)
  }

  /** Leaves the files to the next process. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.settled()
    await this.#spool.close()
  }

  async #writeFile(upload: PendingUpload, reservation: SpoolReservation, memoryBytes: number): Promise<void> {
    try {
      const file = await this.#spool.write({
        reservation,
        memoryBytes,
        header: this.#headerOf(upload),
        chunks: () => upload.scan(),
        isWanted: () => !upload.isOver,
      })
      upload.isSpooling = false
      if (file === undefined) this.#options.wake()
      else this.#place(upload, file, reservation)
    } catch (error) {
      upload.isSpooling = false
      if (!upload.isOver) this.#options.fail(upload, asSpoolError(error))
    }
  }

  async #awaitFile(upload: PendingUpload, written: Promise<SpoolFile>, reservation: SpoolReservation): Promise<void> {
    try {
      this.#place(upload, await written, reservation)
    } catch (error) {
      upload.isSpooling = false
      if (!upload.isOver) this.#options.fail(upload, asSpoolError(error))
    }
  }

  /** The file of an upload is complete; the upload may have ended meanwhile. */
  #place(upload: PendingUpload, file: SpoolFile, reservation: SpoolReservation): void {
    if (upload.isOver) {
      this.#remove(file, reservation)
      return
    }
    this.#reservations.set(upload, reservation)
    this.#options.queue.moveToDisk(upload, file, spooledUpload(file))
    this.#options.wake()
  }

  #recovered(file: SpoolFile, reservation: SpoolReservation): void {
    // What is found while closing stays where it is, for the next process.
    if (this.#isClosed) return
    const { header } = file
    const known = this.#options.recovered(header)
    if (known === 'stored') {
      this.#remove(file, reservation)
    } else if (known === 'new') {
      const upload = new PendingUpload({
        artifact: header,
        content: spooledUpload(file),
        memoryBytes: 0,
        submittedAtMs: performance.now(),
        createdAtMs: header.createdAtMs,
      })
      upload.movedToDisk(file, spooledUpload(file))
      this.#reservations.set(upload, reservation)
      this.#options.queue.add(upload)
      this.#options.wake()
      this.#expireOne(upload)
    } else if (known.isInMemory) {
      this.#place(known, file, reservation)
    } else if (known.file !== undefined) {
      this.#remove(file, reservation)
    }
    // Else the same content is being written here; should that fail, this file is there for the next process.
  }

  #expire(): void {
    for (const upload of this.#options.queue.all()) this.#expireOne(upload)
  }

  #expireOne(upload: PendingUpload): void {
    if (upload.file === undefined || upload.inflight) return
    if (Date.now() - upload.createdAtMs <= this.#options.maxAgeMs) return
    const message = `it was in the spool for more than ${this.#options.maxAgeMs} ms`
    this.#options.fail(upload, new ArtifactUploadError('spool_expired', message, { cause: upload.lastFailure }))
  }

  #remove(file: SpoolFile, reservation: SpoolReservation | undefined): void {
    const removed = file.remove().then(
      () => reservation?.release(),
      (error: unknown) =>
        diagnostics.warn('spool_unavailable', `a file of the spool cannot be deleted: ${describeError(error)}`),
    )
    this.#track(removed)
  }

  #track(work: Promise<void>): void {
    this.#work.add(work)
    void work.finally(() => this.#work.delete(work))
  }

  /** What a file of the spool says about an upload. */
  #headerOf(upload: PendingUpload): SpoolHeader {
    const { sha256, sizeBytes, contentType, filename } = upload.artifact
    const { createdAtMs, failures: attempts } = upload
    const keepUntilMs = createdAtMs + this.#options.maxAgeMs
    return { sha256, sizeBytes, contentType, filename, createdAtMs, keepUntilMs, attempts }
  }
}

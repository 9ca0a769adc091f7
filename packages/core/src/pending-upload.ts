import { createDeferred } from './deferred.js'
import type { StorableArtifact } from './destination.js'
import { ArtifactUploadError } from './errors.js'
import { handled, Settlement } from './settlement.js'
import type { SpoolFile } from './spool/spool-directory.js'
import type { SubmissionReceipt } from './submission.js'
import type { UploadList } from './upload-list.js'

/** How the content of an upload is read. */
export interface UploadContent {
  /** Reads it from its beginning; each call starts anew. Chunks belong to the reader. */
  chunks(): AsyncIterable<Uint8Array>
  /** The same, for whoever is done with a chunk before it asks for the next one. */
  scan(): AsyncIterable<Uint8Array>
  /**
   * The destination needs no more of it.
   *
   * @param wasStored whether it has taken all of it, in place of having had it already
   */
  done?(wasStored: boolean): void
}

export interface PendingUploadOptions {
  readonly artifact: Omit<StorableArtifact, 'chunks'>
  readonly content: UploadContent
  readonly memoryBytes: number
  readonly submittedAtMs: number
  /** Where a person can look at the artifact, once it is stored. Default: unknown. */
  readonly url?: string | undefined
  /** When the artifact was submitted to another process, in milliseconds since the epoch. */
  readonly createdAtMs?: number
}

/**
 * An artifact between its submission and its end. Times are in milliseconds of the monotonic clock.
 *
 * Every small body becomes one and is soon done with: what is rarely asked for is made when it is.
 */
export class PendingUpload implements SubmissionReceipt {
  readonly artifact: StorableArtifact
  readonly url: string | undefined
  readonly dropped = undefined
  /** What it holds of the memory budget, in bytes. */
  memoryBytes: number
  readonly submittedAtMs: number
  /** Whether its content is being written to the spool. */
  isSpooling = false
  /** Whether its outcome is settled. */
  isOver = false
  /** Attempts that have failed so far. */
  failures = 0
  /** No attempt before this time. */
  notBeforeMs = 0
  /** Whether an attempt is under way. */
  inflight = false
  lastFailure: ArtifactUploadError | undefined
  /** The list that it is in, and its neighbours there; kept by the list. */
  list: UploadList | undefined
  before: PendingUpload | undefined
  after: PendingUpload | undefined
  /** Kept by the index of the queue. */
  nextInBucket: PendingUpload | undefined
  #outcome: Settlement | undefined
  #persisted: Settlement | undefined
  /** How it ended; undefined while it has not. */
  #end: 'stored' | ArtifactUploadError | undefined
  readonly #givenCreatedAtMs: number | undefined
  #content: UploadContent
  #file: SpoolFile | undefined
  #failureListeners: Set<(failure: ArtifactUploadError) => void> | undefined

  constructor(options: PendingUploadOptions) {
    const { sha256, sizeBytes, contentType, filename } = options.artifact
    this.artifact = { sha256, sizeBytes, contentType, filename, chunks: () => this.#content.chunks() }
    this.url = options.url
    this.#content = options.content
    this.memoryBytes = options.memoryBytes
    this.submittedAtMs = options.submittedAtMs
    this.#givenCreatedAtMs = options.createdAtMs
  }

  /** When the artifact was submitted, maybe to another process, in milliseconds since the epoch. */
  get createdAtMs(): number {
    return this.#givenCreatedAtMs ?? Math.round(Date.now() - (performance.now() - this.submittedAtMs))
  }

  /** Resolves when the artifact is stored, rejects with an ArtifactUploadError when it never will be. */
  get outcome(): Promise<void> {
    if (this.#outcome === undefined) {
      this.#outcome = new Settlement()
      settle(this.#outcome, this.#end)
    }
    return this.#outcome.promise
  }

  /** Resolves when the content is in the spool, or stored: it outlives this process. Rejects as the outcome does. */
  get persisted(): Promise<void> {
    if (this.#persisted === undefined) {
      this.#persisted = new Settlement()
      settle(this.#persisted, this.#file === undefined ? this.#end : 'stored')
    }
    return this.#persisted.promise
  }

  /** Its file in the spool, if its content is on disk. */
  get file(): SpoolFile | undefined {
    return this.#file
  }

  /** Whether its content is in memory only, and nobody is about to change that. */
  get isInMemory(): boolean {
    return this.#file === undefined && !this.isSpooling
  }

  /** Reads the content from its beginning: a chunk is good until the next one is asked for. */
  scan(): AsyncIterable<Uint8Array> {
    return this.#content.scan()
  }

  /** Its content is on disk now, and not held in memory any more; attempts from here on read it there. */
  movedToDisk(file: SpoolFile, content: UploadContent): void {
    this.isSpooling = false
    this.#file = file
    this.#content = content
    this.#persisted?.resolve()
  }

  /** @param wasStored whether the destination has taken all of the content, in place of having had it already */
  succeed(wasStored: boolean): void {
    this.isOver = true
    // Whoever writes it to the spool still reads it.
    if (!this.isSpooling) this.#content.done?.(wasStored)
    this.#endAs('stored')
  }

  fail(error: ArtifactUploadError): void {
    this.isOver = true
    this.#endAs(error)
  }

  /** Tells those who wait that this process will not store it: the next one will. */
  leaveToNextProcess(error: ArtifactUploadError): void {
    this.#end = error
    settle(this.#outcome, error)
  }

  /** Notes a failed attempt after which the artifact stays in the queue. */
  attemptFailed(failure: ArtifactUploadError): void {
    this.failures += 1
    this.lastFailure = failure
    for (const listener of this.#failureListeners ?? []) listener(failure)
  }

  /**
   * The outcome for someone who waits: like `outcome`, but rejects when the artifact is not stored within the given
   * time, or when uploads pause. An attempt that is under way at the deadline is awaited. The upload itself goes on.
   */
  outcomeWithin(timeoutMs: number): Promise<void> {
    const { promise, resolve, reject } = createDeferred<void>()
    let expired = false
    const onFailure = (failure: ArtifactUploadError): void => {
      if (failure.recovery === 'pause') reject(failure)
      else if (expired) reject(this.#tooLate(timeoutMs))
    }
    // Not unref'ed: somebody awaits it.
    const timer = setTimeout(() => {
      expired = true
      if (!this.inflight) reject(this.#tooLate(timeoutMs))
    }, timeoutMs)
    this.#failureListeners ??= new Set()
    this.#failureListeners.add(onFailure)
    this.outcome.then(resolve, reject)
    const cleanUp = (): void => {
      clearTimeout(timer)
      this.#failureListeners?.delete(onFailure)
    }
    promise.then(cleanUp, cleanUp)
    return handled(promise)
  }

  #endAs(end: 'stored' | ArtifactUploadError): void {
    this.#end = end
    settle(this.#persisted, end)
    settle(this.#outcome, end)
  }

  #tooLate(timeoutMs: number): ArtifactUploadError {
    const reason = this.lastFailure === undefined ? 'no attempt could be made' : this.lastFailure.message
    return new ArtifactUploadError('timeout', `not stored within ${timeoutMs} ms: ${reason}`, {
      cause: this.lastFailure,
    })
  }
}

/** Nobody waits for most uploads: what does not exist need not be settled. */
function settle(settlement: Settlement | undefined, end: 'stored' | ArtifactUploadError | undefined): void {
  if (end === 'stored') settlement?.resolve()
  else if (end !== undefined) settlement?.reject(end)
}

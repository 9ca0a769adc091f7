import type { StorableArtifact } from './destination.js'
import { ArtifactUploadError } from './errors.js'

/** An artifact between its submission and its end. Times are in milliseconds of the monotonic clock. */
export class PendingUpload {
  readonly artifact: StorableArtifact
  /** What it holds of the memory budget, in bytes. */
  readonly memoryBytes: number
  readonly submittedAtMs: number
  /** Attempts that have failed so far. */
  failures = 0
  /** No attempt before this time. */
  notBeforeMs = 0
  /** Whether an attempt is under way. */
  inflight = false
  lastFailure: ArtifactUploadError | undefined
  /** Resolves when the artifact is stored, rejects with an ArtifactUploadError when it never will be. */
  readonly outcome: Promise<void>
  readonly #settle = Promise.withResolvers<void>()
  readonly #failureListeners = new Set<(failure: ArtifactUploadError) => void>()

  constructor(options: { artifact: StorableArtifact; memoryBytes: number; submittedAtMs: number }) {
    this.artifact = options.artifact
    this.memoryBytes = options.memoryBytes
    this.submittedAtMs = options.submittedAtMs
    this.outcome = handled(this.#settle.promise)
  }

  succeed(): void {
    this.#settle.resolve()
  }

  fail(error: ArtifactUploadError): void {
    this.#settle.reject(error)
  }

  /** Notes a failed attempt after which the artifact stays in the queue. */
  attemptFailed(failure: ArtifactUploadError): void {
    this.failures += 1
    this.lastFailure = failure
    for (const listener of this.#failureListeners) listener(failure)
  }

  /**
   * The outcome for someone who waits: like `outcome`, but rejects when the artifact is not stored within the given
   * time, or when uploads pause. An attempt that is under way at the deadline is awaited. The upload itself goes on.
   */
  outcomeWithin(timeoutMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
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
    this.#failureListeners.add(onFailure)
    this.outcome.then(resolve, reject)
    const cleanUp = (): void => {
      clearTimeout(timer)
      this.#failureListeners.delete(onFailure)
    }
    promise.then(cleanUp, cleanUp)
    return handled(promise)
  }

  #tooLate(timeoutMs: number): ArtifactUploadError {
    const reason = this.lastFailure === undefined ? 'no attempt could be made' : this.lastFailure.message
    return new ArtifactUploadError('timeout', `not stored within ${timeoutMs} ms: ${reason}`, {
      cause: this.lastFailure,
    })
  }
}

/** A promise whose rejection nobody has to handle: the caller may look at it or not. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

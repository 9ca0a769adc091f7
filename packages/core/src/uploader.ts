import { context, ROOT_CONTEXT, createContextKey } from '@opentelemetry/api'
import { platform } from '#platform'
import type { ArtifactDestination, StoreOutcome } from './destination.js'
import { ArtifactUploadError } from './errors.js'
import type { PendingUpload } from './pending-upload.js'
import type { UploadQueue } from './queue.js'
import { backoffDelayMs } from './retry.js'
import { startUnrefTimer } from './timers.js'
import { UploadGate } from './upload-gate.js'

/** The SDK's own key for "no spans in here", by its name: the core does not depend on an SDK (`@opentelemetry/core`). */
const SUPPRESS_TRACING_KEY = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** The longest delay that a timer takes (2^31 − 1 ms); beyond it, `setTimeout` fires at once. */
const MAX_TIMER_MS = 2_147_483_647

/**
 * For how long one turn of the event loop may start uploads that follow on others, in milliseconds: a destination that
 * does not wait for anything must not hold up what else the process does.
 */
const MAX_TURN_MS = 1

/** How long an attempt took, and when it ended by the monotonic clock, in milliseconds. */
export interface AttemptTimes {
  readonly durationMs: number
  readonly endedAtMs: number
}

/** What came of an attempt: an outcome, or a failure. */
interface EndedAttempt {
  readonly startedAtMs: number
  readonly outcome?: StoreOutcome
  readonly failure?: ArtifactUploadError
}

/** What the uploader reports; it counts nothing and logs nothing itself. */
export interface UploadObserver {
  /** An attempt has failed; what follows from that is reported beside it. */
  attemptFailed(error: ArtifactUploadError, durationMs: number): void
  stored(upload: PendingUpload, outcome: StoreOutcome, attempt: AttemptTimes): void
  failed(upload: PendingUpload, error: ArtifactUploadError): void
  breakerOpened(error: ArtifactUploadError): void
  paused(error: ArtifactUploadError, durationMs: number): void
  /** An upload in memory has been tried for long enough. @returns whether it goes on elsewhere */
  expiring(upload: PendingUpload): boolean
}

export interface UploaderOptions {
  readonly queue: UploadQueue
  readonly destination: ArtifactDestination
  readonly observer: UploadObserver
  /** Uploads under way at once. */
  readonly concurrency: number
  /** How long an upload is tried for, in milliseconds since its submission. */
  readonly giveUpAfterMs: number
  readonly retryInitialDelayMs: number
  readonly retryMaxDelayMs: number
  readonly breakerFailures: number
}

/** Takes uploads from the queue and brings them to the destination, a few at a time, again and again if need be. */
export class Uploader {
  readonly #options: UploaderOptions
  readonly #queue: UploadQueue
  readonly #backoff: { initialDelayMs: number; maxDelayMs: number }
  readonly #gate: UploadGate
  readonly #stop = new AbortController()
  readonly #storeOptions = { signal: this.#stop.signal }
  readonly #idleListeners = new Set<() => void>()
  #isStopped = false
  #wakePlanned = false
  #turnStartedMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: UploaderOptions) {
    this.#options = options
    this.#queue = options.queue
    this.#backoff = { initialDelayMs: options.retryInitialDelayMs, maxDelayMs: options.retryMaxDelayMs }
    this.#gate = new UploadGate({ ...this.#backoff, breakerFailures: options.breakerFailures })
  }

  /** Says that there is something to do. Does none of it on the caller's stack. */
  wake(): void {
    if (this.#wakePlanned || this.#isStopped) return
    this.#wakePlanned = true
    platform.defer(this.#workLater)
  }

  /** Resolves when no upload is left, neither queued nor in flight. */
  idle(): Promise<void> {
    if (this.#queue.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idleListeners.add(resolve))
  }

  /** Gives up on an upload that is not over. */
  fail(upload: PendingUpload, error: ArtifactUploadError): void {
    this.#fail(upload, error)
    this.wake()
  }

  /** Stops for good: aborts what is in flight, and fails everything that is left and is not on disk. */
  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#stop.abort()
    clearTimeout(this.#timer)
    for (const upload of this.#queue.all()) {
      if (upload.file === undefined) {
        this.#fail(upload, shutDown(upload.lastFailure))
        continue
      }
      if (upload.inflight) this.#queue.putBack(upload)
      upload.leaveToNextProcess(leftInSpool(upload.lastFailure))
    }
    this.#announceIdle()
  }

  readonly #workLater = (): void => {
    this.#wakePlanned = false
    withoutSpans(this.#work)
  }

  readonly #work = (): void => {
    if (this.#isStopped) return
    const nowMs = performance.now()
    this.#turnStartedMs = nowMs
    this.#giveUpOnOld(nowMs)
    this.#startAttempts(nowMs)
    this.#announceIdle()
    this.#planNextWork(nowMs)
  }

  /** @returns how many were started */
  #startAttempts(nowMs: number): number {
    const free = Math.min(this.#options.concurrency, this.#gate.allowedUploads(nowMs)) - this.#queue.inflight
    let started = 0
    for (; started < free; started += 1) {
      const upload = this.#queue.take(nowMs)
      if (upload === undefined) break
      this.#attempt(upload, nowMs)
    }
    return started
  }

  /** After an attempt: what follows starts at once if that attempt took no time, and in a later turn otherwise. */
  #goOn(nowMs: number): void {
    const isSameTurn = nowMs - this.#turnStartedMs < MAX_TURN_MS
    if (!isSameTurn || this.#startAttempts(nowMs) === 0) this.wake()
  }

  /** Not an async function: what one keeps between its steps is twice what an upload of a small artifact is itself. */
  #attempt(upload: PendingUpload, startedAtMs: number): void {
    this.#store(upload).then(
      (outcome) => this.#attemptEnded(upload, { startedAtMs, outcome }),
      (error: unknown) => this.#attemptEnded(upload, { startedAtMs, failure: asUploadError(error) }),
    )
  }

  /** A destination is the application's code: it may throw, and return anything. */
  #store(upload: PendingUpload): Promise<StoreOutcome> {
    try {
      return Promise.resolve(this.#options.destination.store(upload.artifact, this.#storeOptions))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #attemptEnded(upload: PendingUpload, { startedAtMs, outcome, failure }: EndedAttempt): void {
    // Whatever was in flight at the stop has been failed, or left on disk, there.
    if (this.#isStopped || upload.isOver) return
    const nowMs = performance.now()
    if (failure === undefined) {
      const attempt = { durationMs: nowMs - startedAtMs, endedAtMs: nowMs }
      this.#afterSuccess(upload, outcome === 'exists' ? 'exists' : 'stored', attempt)
    } else {
      this.#options.observer.attemptFailed(failure, nowMs - startedAtMs)
      this.#afterFailure(upload, failure, nowMs)
    }
    this.#goOn(nowMs)
  }

  #afterSuccess(upload: PendingUpload, outcome: StoreOutcome, attempt: AttemptTimes): void {
    this.#gate.answered()
    this.#queue.remove(upload)
    upload.succeed(outcome === 'stored')
    this.#options.observer.stored(upload, outcome, attempt)
  }

  #afterFailure(upload: PendingUpload, failure: ArtifactUploadError, nowMs: number): void {
    switch (failure.recovery) {
      case 'none':
        this.#gate.answered()
        this.#fail(upload, failure)
        return
      case 'pause': {
        const reason = failure.code === 'storage_full' ? 'storage_full' : 'refused'
        this.#options.observer.paused(failure, this.#gate.pause(nowMs, reason))
        this.#queue.putBack(upload)
        upload.attemptFailed(failure)
        return
      }
      case 'retry': {
        // Who says when to come back is not broken.
        const isBroken = failure.retryAfterMs === undefined && this.#gate.failed(nowMs)
        if (isBroken) this.#options.observer.breakerOpened(failure)
        const delayMs = failure.retryAfterMs ?? backoffDelayMs(upload.failures + 1, this.#backoff)
        if (failure.holdsDestination) this.#gate.holdUntil(nowMs + delayMs)
        upload.notBeforeMs = nowMs + delayMs
        this.#queue.putBack(upload)
        upload.attemptFailed(failure)
      }
    }
  }

  #giveUpOnOld(nowMs: number): void {
    const { giveUpAfterMs } = this.#options
    for (const upload of this.#queue.submittedBefore(nowMs - giveUpAfterMs)) {
      if (this.#options.observer.expiring(upload)) continue
      const reason = upload.lastFailure === undefined ? 'no attempt could be made' : upload.lastFailure.message
      this.#fail(
        upload,
        new ArtifactUploadError('timeout', `gave up after ${giveUpAfterMs} ms: ${reason}`, {
          cause: upload.lastFailure,
        }),
      )
    }
  }

  #fail(upload: PendingUpload, error: ArtifactUploadError): void {
    this.#queue.remove(upload)
    upload.fail(error)
    this.#options.observer.failed(upload, error)
  }

  #announceIdle(): void {
    if (this.#queue.size > 0) return
    for (const listener of this.#idleListeners) listener()
    this.#idleListeners.clear()
  }

  /** One timer for everything that is due later; an attempt that ends, or a submission, comes back by itself. */
  #planNextWork(nowMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#queue.size === 0) return
    const oldestMs = this.#queue.oldestSubmittedMs() ?? Number.POSITIVE_INFINITY
    const full =
      this.#queue.inflight >= Math.min(this.#options.concurrency, this.#gate.allowedUploads(this.#gate.opensAtMs))
    const dueMs = full ? Number.POSITIVE_INFINITY : Math.max(this.#gate.opensAtMs, this.#queue.nextDueMs() ?? 0)
    const delayMs = Math.min(dueMs, oldestMs + this.#options.giveUpAfterMs) - nowMs
    // Nothing but an attempt that ends can change anything.
    if (delayMs === Number.POSITIVE_INFINITY) return
    this.#timer = startUnrefTimer(() => this.wake(), Math.min(Math.max(Math.ceil(delayMs), 1), MAX_TIMER_MS))
  }
}

const suppressedTracing = ROOT_CONTEXT.setValue(SUPPRESS_TRACING_KEY, true)

/**
 * Our own requests must make no spans: they would trace the tracing, for ever. Nor may they keep a caller's context. What
 * follows on a task, after its promises, is in the same context.
 */
function withoutSpans(task: () => void): void {
  context.with(suppressedTracing, task)
}

function asUploadError(error: unknown): ArtifactUploadError {
  if (ArtifactUploadError.isInstance(error)) return error
  return new ArtifactUploadError('unexpected_error', 'the destination failed in an unexpected way', {
    cause: error,
    recovery: 'retry',
  })
}

function shutDown(cause: ArtifactUploadError | undefined): ArtifactUploadError {
  return new ArtifactUploadError('already_shutdown', 'the client was shut down before the artifact could be stored', {
    cause,
  })
}

function leftInSpool(cause: ArtifactUploadError | undefined): ArtifactUploadError {
  return new ArtifactUploadError(
    'already_shutdown',
    'the client was shut down; the artifact is in the spool and is stored by the next process that opens it',
    { cause },
  )
}

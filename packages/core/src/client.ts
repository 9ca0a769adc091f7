import { Accounting, type ArtifactClientStats } from './accounting.js'
import type { ByteBudget } from './accumulator.js'
import {
  type ArtifactClientConfiguration,
  type ArtifactClientLimits,
  type ArtifactClientOptions,
  resolveConfiguration,
} from './config.js'
import { startDeadline } from './deadline.js'
import type { ArtifactDestination } from './destination.js'
import { brokerDestination } from './destinations/broker.js'
import { diagnostics } from './diagnostics.js'
import { ArtifactUploadError } from './errors.js'
import { type ClientMetrics, createClientMetrics } from './metrics.js'
import { handled, PendingUpload } from './pending-upload.js'
import { UploadQueue } from './queue.js'
import type { DropReason } from './reference.js'
import type { ArtifactSource } from './source.js'
import { StoredDigests } from './stored-digests.js'
import { createUploadReport, type UploadReport } from './upload-report.js'
import { Uploader } from './uploader.js'
import { verifiedChunks } from './verified-chunks.js'

/** What the client is asked to store. */
export interface ArtifactSubmission {
  readonly source: ArtifactSource
  /** The digest of the content. */
  readonly sha256: string
  readonly contentType: string
  readonly filename: string | undefined
  readonly upload: 'background' | 'sync'
}

/** The answer to a submission, known at once. */
export interface SubmissionReceipt {
  /** Where a person can look at the artifact, once it is stored. */
  readonly url: string | undefined
  /** Why the artifact will not be stored, if the client knows already. */
  readonly dropped: DropReason | undefined
  /** Resolves when the artifact is stored, rejects with an ArtifactUploadError when it is not. Need not be handled. */
  readonly outcome: Promise<void>
}

/**
 * Takes artifacts and brings them to their destination in the background: bounded in memory, retried, and never in the
 * way of the application. One per process is enough; `configureArtifacts()` makes it.
 */
export class ArtifactClient {
  /** The numbers that this client works with: bytes, counts and milliseconds as their names say. */
  readonly limits: ArtifactClientLimits
  /** Room for content that is being captured; shared with the queue. */
  readonly captureBudget: ByteBudget
  readonly #destination: ArtifactDestination
  readonly #queue: UploadQueue
  readonly #uploader: Uploader
  readonly #accounting = new Accounting()
  readonly #storedDigests = new StoredDigests()
  readonly #metrics: ClientMetrics
  readonly #report: UploadReport
  readonly #preparing = new Set<Promise<unknown>>()
  #closed = false
  #shutdown: Promise<void> | undefined

  /** @throws ArtifactConfigurationError for an option with an unknown name or a bad value */
  constructor(options: ArtifactClientOptions = {}) {
    const configuration = resolveConfiguration(options)
    this.limits = configuration.limits
    this.#destination = configuration.destination ?? configuredBroker(configuration)
    const { maxQueueBytes: maxBytes, maxQueueArtifacts: maxArtifacts } = this.limits
    this.#queue = new UploadQueue({ maxBytes, maxArtifacts })
    this.captureBudget = this.#queue
    this.#metrics = createClientMetrics({
      capacity: maxArtifacts,
      address: this.#destination.address,
      stats: () => this.stats(),
    })
    this.#report = createUploadReport({
      accounting: this.#accounting,
      metrics: this.#metrics,
      storedDigests: this.#storedDigests,
    })
    this.#uploader = new Uploader({
      queue: this.#queue,
      destination: this.#destination,
      concurrency: this.limits.uploadConcurrency,
      giveUpAfterMs: this.limits.giveUpAfterMs,
      retryInitialDelayMs: this.limits.retryInitialDelayMs,
      retryMaxDelayMs: this.limits.retryMaxDelayMs,
      breakerFailures: this.limits.breakerFailures,
      observer: this.#report,
    })
  }

  /**
   * Accepts an artifact for upload, or decides at once that there is no room for it. Does no I/O, never throws.
   *
   * `sync` artifacts are accepted however full the queue is: whoever awaits them waits, and keeps their bytes anyway.
   */
  submit(submission: ArtifactSubmission): SubmissionReceipt {
    const { source, sha256 } = submission
    this.#accounting.accepted += 1
    const nowMs = performance.now()

    const unfit = this.#unfit(source)
    if (unfit !== undefined) return this.#drop(unfit, source)
    const url = this.#urlOf(sha256)
    if (this.#storedDigests.has(sha256, nowMs)) {
      this.#report.deduplicated()
      return { url, dropped: undefined, outcome: Promise.resolve() }
    }
    const same = this.#queue.find(sha256)
    if (same !== undefined) {
      this.#report.deduplicated()
      return { url, dropped: undefined, outcome: this.#outcomeOf(same, submission) }
    }
    if (submission.upload === 'background' && !this.#queue.hasRoomFor(source.memoryBytes)) {
      return this.#drop('queue_full', source)
    }
    const upload = new PendingUpload({
      artifact: {
        sha256,
        sizeBytes: source.sizeBytes,
        contentType: submission.contentType,
        filename: submission.filename,
        chunks: () => verifiedChunks(source.chunks(), { sha256, sizeBytes: source.sizeBytes }),
      },
      memoryBytes: source.memoryBytes,
      submittedAtMs: nowMs,
    })
    this.#queue.add(upload)
    this.#uploader.wake()
    return { url, dropped: undefined, outcome: this.#outcomeOf(upload, submission) }
  }

  /** Makes flushes wait for an artifact whose content is still being read or hashed. */
  track(preparation: Promise<unknown>): void {
    this.#preparing.add(preparation)
    const forget = (): void => void this.#preparing.delete(preparation)
    preparation.then(forget, forget)
  }

  /** What became of every artifact so far. */
  stats(): ArtifactClientStats {
    const { size, inflight, memoryBytes } = this.#queue
    return this.#accounting.snapshot({ queued: size - inflight, inflight, queuedBytes: memoryBytes })
  }

  /**
   * Waits until everything recorded so far is stored or given up, at most the given time. Never rejects: what is not
   * done then goes on in the background.
   *
   * @param options.timeoutMs in milliseconds. Default: `limits.flushTimeoutMs` (30,000)
   */
  async forceFlush(options: { timeoutMs?: number } = {}): Promise<void> {
    const timeoutMs = options.timeoutMs ?? this.limits.flushTimeoutMs
    const deadline = startDeadline(timeoutMs)
    const isDone = await deadline.orEarlier(Promise.allSettled(this.#preparing).then(() => this.#uploader.idle()))
    deadline.cancel()
    if (isDone) return
    diagnostics.warn(
      'flush_timeout',
      `${this.#queue.size} artifacts are still waiting after a flush of ${timeoutMs} ms`,
    )
  }

  /**
   * Stores what can be stored within the given time and gives up on the rest, which is counted as failed with
   * `already_shutdown`. Later submissions are dropped. Never rejects; a second call waits for the first.
   *
   * @param options.timeoutMs in milliseconds. Default: `limits.shutdownTimeoutMs` (2000)
   */
  shutdown(options: { timeoutMs?: number } = {}): Promise<void> {
    this.#shutdown ??= this.#shutDownWithin(options.timeoutMs ?? this.limits.shutdownTimeoutMs)
    return this.#shutdown
  }

  async #shutDownWithin(timeoutMs: number): Promise<void> {
    const deadline = startDeadline(timeoutMs)
    // What was recorded before the shutdown is still accepted when it has been read and hashed.
    if (this.#preparing.size > 0) await deadline.orEarlier(Promise.allSettled(this.#preparing))
    this.#closed = true
    if (!(await deadline.orEarlier(this.#uploader.idle()))) {
      diagnostics.warn(
        'shutdown_incomplete',
        `${this.#queue.size} artifacts are lost: not stored within ${timeoutMs} ms`,
      )
    }
    deadline.cancel()
    this.#uploader.stop()
    this.#metrics.shutdown()
  }

  #unfit(source: ArtifactSource): DropReason | undefined {
    if (this.#closed) return 'already_shutdown'
    if (source.dropped !== undefined) return source.dropped
    return source.sizeBytes > this.limits.maxArtifactBytes ? 'too_large' : undefined
  }

  #drop(reason: DropReason, source: ArtifactSource): SubmissionReceipt {
    this.#report.dropped(reason, source.sizeBytes)
    const error = new ArtifactUploadError(reason, `the artifact was dropped when it was submitted: ${reason}`)
    const outcome = handled(Promise.reject(error))
    return { url: undefined, dropped: reason, outcome }
  }

  /** A destination is the application's code: a reference can do without its URL. */
  #urlOf(sha256: string): string | undefined {
    try {
      return this.#destination.urlOf?.(sha256)
    } catch (error) {
      diagnostics.warn(
        'unexpected_error',
        `urlOf() of the destination ${this.#destination.name} failed: ${String(error)}`,
      )
      return undefined
    }
  }

  #outcomeOf(upload: PendingUpload, submission: ArtifactSubmission): Promise<void> {
    return submission.upload === 'sync' ? upload.outcomeWithin(this.limits.syncTimeoutMs) : upload.outcome
  }
}

function configuredBroker(configuration: ArtifactClientConfiguration): ArtifactDestination {
  const { endpoint, token, publicUrl, trustedUploadOrigins, limits } = configuration
  const { connectTimeoutMs, requestTimeoutMs, stallTimeoutMs } = limits
  return brokerDestination({
    endpoint,
    publicUrl,
    trustedUploadOrigins,
    connectTimeoutMs,
    requestTimeoutMs,
    stallTimeoutMs,
    ...(token === undefined ? {} : { token }),
  })
}

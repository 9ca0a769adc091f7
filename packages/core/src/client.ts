import { Accounting, type ArtifactClientStats } from './accounting.js'
import type { ByteBudget } from './accumulator.js'
import {
  type ArtifactClientConfiguration,
  type ArtifactClientLimits,
  type ArtifactClientOptions,
  resolveConfiguration,
} from './config.js'
import type { ArtifactDestination } from './destination.js'
import { brokerDestination } from './destinations/broker.js'
import { diagnostics } from './diagnostics.js'
import { ArtifactUploadError } from './errors.js'
import { handled, PendingUpload } from './pending-upload.js'
import { UploadQueue } from './queue.js'
import type { DropReason } from './reference.js'
import type { ArtifactSource } from './source.js'
import { StoredDigests } from './stored-digests.js'
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
  /** Where a person can look at the artifact. */
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
  readonly #stored = new StoredDigests()
  readonly #preparing = new Set<Promise<unknown>>()
  #shutdown: Promise<void> | undefined

  /** @throws ArtifactConfigurationError for an option with an unknown name or a bad value */
  constructor(options: ArtifactClientOptions = {}) {
    const configuration = resolveConfiguration(options)
    this.limits = configuration.limits
    this.#destination = configuration.destination ?? configuredBroker(configuration)
    const { maxQueueBytes: maxBytes, maxQueueArtifacts: maxArtifacts } = this.limits
    this.#queue = new UploadQueue({ maxBytes, maxArtifacts })
    this.captureBudget = this.#queue
    this.#uploader = new Uploader({
      queue: this.#queue,
      destination: this.#destination,
      concurrency: this.limits.uploadConcurrency,
      giveUpAfterMs: this.limits.giveUpAfterMs,
      retryInitialDelayMs: this.limits.retryInitialDelayMs,
      retryMaxDelayMs: this.limits.retryMaxDelayMs,
      breakerFailures: this.limits.breakerFailures,
      observer: {
        attemptEnded: () => undefined,
        stored: (upload, outcome) => {
          this.#stored.add(upload.artifact.sha256, performance.now())
          if (outcome === 'exists') {
            this.#accounting.deduplicated += 1
            return
          }
          this.#accounting.uploaded += 1
          this.#accounting.uploadedBytes += upload.artifact.sizeBytes
        },
        failed: (upload, error) => {
          this.#accounting.countFailed(errorType(error))
          diagnostics.warn(
            'artifact_failed',
            `an artifact of ${upload.artifact.sizeBytes} bytes is lost: ${error.message}`,
          )
        },
        breakerOpened: (error) => diagnostics.warn('uploads_failing', `uploads keep failing: ${error.message}`),
        paused: (error, durationMs) =>
          diagnostics.warn('uploads_paused', `no uploads for ${Math.round(durationMs / 1000)} s: ${error.message}`),
      },
    })
  }

  /**
   * Accepts an artifact for upload, or decides at once that there is no room for it. Does no I/O, never throws.
   *
   * `sync` artifacts are accepted however full the queue is: whoever awaits them waits, and keeps their bytes anyway.
   */
  submit(submission: ArtifactSubmission): SubmissionReceipt {
    const { source, sha256 } = submission
    const url = this.#destination.urlOf?.(sha256)
    this.#accounting.accepted += 1
    const nowMs = performance.now()

    const unfit = this.#unfit(source)
    if (unfit !== undefined) return this.#drop(unfit, source, url)
    if (this.#stored.has(sha256, nowMs)) {
      this.#accounting.deduplicated += 1
      return { url, dropped: undefined, outcome: Promise.resolve() }
    }
    const same = this.#queue.find(sha256)
    if (same !== undefined) {
      this.#accounting.deduplicated += 1
      return { url, dropped: undefined, outcome: this.#outcomeOf(same, submission) }
    }
    if (submission.upload === 'background' && !this.#queue.hasRoomFor(source.memoryBytes)) {
      return this.#drop('queue_full', source, url)
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
    if (await this.#drainWithin(timeoutMs)) return
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
    if (!(await this.#drainWithin(timeoutMs))) {
      diagnostics.warn(
        'shutdown_incomplete',
        `${this.#queue.size} artifacts are lost: not stored within ${timeoutMs} ms`,
      )
    }
    this.#uploader.stop()
  }

  /** @returns whether everything was done in time */
  async #drainWithin(timeoutMs: number): Promise<boolean> {
    const { promise: deadline, resolve: expire } = Promise.withResolvers<boolean>()
    // Not unref'ed: somebody awaits it.
    const timer = setTimeout(() => expire(false), timeoutMs)
    const drained = Promise.allSettled(this.#preparing).then(() => this.#uploader.idle())
    const inTime = await Promise.race([drained.then(() => true), deadline])
    clearTimeout(timer)
    return inTime
  }

  #unfit(source: ArtifactSource): DropReason | undefined {
    if (this.#shutdown !== undefined) return 'already_shutdown'
    if (source.dropped !== undefined) return source.dropped
    return source.sizeBytes > this.limits.maxArtifactBytes ? 'too_large' : undefined
  }

  #drop(reason: DropReason, source: ArtifactSource, url: string | undefined): SubmissionReceipt {
    this.#accounting.countDropped(reason)
    const message = `an artifact of ${source.sizeBytes} bytes is not stored: ${reason}`
    diagnostics.warn('artifact_dropped', message)
    const outcome = handled(Promise.reject(new ArtifactUploadError(reason, message)))
    return { url, dropped: reason, outcome }
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

/** What an error is counted as: `error.type` of the semantic conventions, an HTTP status where there is one. */
function errorType(error: ArtifactUploadError): string {
  return error.status === undefined ? error.code : String(error.status)
}

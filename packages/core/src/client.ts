import { Accounting, type ArtifactClientStats } from './accounting.js'
import { platform } from '#platform'
import type { CaptureSpace } from './accumulator.js'
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
import { digestAtOnce } from './digest.js'
import { ArtifactUploadError } from './errors.js'
import { type ClientMetrics, createClientMetrics } from './metrics.js'
import { PendingUpload, type UploadContent } from './pending-upload.js'
import { UploadQueue } from './queue.js'
import type { DropReason } from './reference.js'
import { handled } from './settlement.js'
import type { ArtifactSource } from './source.js'
import type { SpoolHeader } from './spool/spool-directory.js'
import { StoredDigests } from './stored-digests.js'
import type { ArtifactSubmission, SubmissionReceipt } from './submission.js'
import { createUploadReport, type UploadReport } from './upload-report.js'
import { UploadSpool } from './upload-spool.js'
import { Uploader } from './uploader.js'
import { verifiedChunks, verifiedScan, withTurns } from './verified-chunks.js'

/**
 * How much of the memory budget artifacts may wait in where there is a disk. The rest is for what is on its way there, so
 * that the budget is what the client holds at most.
 */
const MEMORY_SHARE_WITH_SPOOL = 0.5

/**
 * For how long content that its owner has given away waits for more of it, in milliseconds. What a submission takes by itself
 * is little beside what it takes to get to it from an application's own work: those that are done together share that.
 */
const GATHER_MS = 50

/** Larger content does not wait, in bytes: it takes up room meanwhile, and is worth the way. */
const MAX_GATHERED_BYTES: number = 16 * 1024

/** No more wait than this: half a millisecond of the event loop when their time has come. */
const MAX_GATHERED = 256

/** How much of the time for a shutdown may pass before what is left in memory is written to the spool. */
const DRAIN_SHARE_OF_SHUTDOWN = 0.5

/** How long a shutdown may take beyond its deadline to leave the spool in order, in milliseconds. */
const CLOSE_GRACE_MS = 100

/**
 * Takes artifacts and brings them to their destination in the background: bounded in memory and on disk, retried, and
 * never in the way of the application. One per process is enough; `configureArtifacts()` makes it.
 */
export class ArtifactClient {
  /** The numbers that this client works with: bytes, counts and milliseconds as their names say. */
  readonly limits: ArtifactClientLimits
  /** Room for content that is being captured; shared with the queue and the spool. */
  readonly captureSpace: CaptureSpace
  readonly #destination: ArtifactDestination
  readonly #queue: UploadQueue
  readonly #uploader: Uploader
  readonly #accounting = new Accounting()
  readonly #storedDigests = new StoredDigests()
  readonly #metrics: ClientMetrics
  readonly #report: UploadReport
  readonly #spool: UploadSpool | undefined
  readonly #spoolEverything: boolean
  readonly #preparing = new Set<Promise<unknown>>()
  /** Accepted, and given to the queue a little later. */
  #gathered: ArtifactSubmission[] = []
  #gathering: ReturnType<typeof setTimeout> | undefined
  #closed = false
  #shutdown: Promise<void> | undefined

  /** @throws ArtifactConfigurationError for an option with an unknown name or a bad value */
  constructor(options: ArtifactClientOptions = {}) {
    const configuration = resolveConfiguration(options)
    this.limits = configuration.limits
    this.#destination = configuration.destination ?? configuredBroker(configuration)
    const { maxQueueBytes: maxBytes, maxQueueArtifacts: maxArtifacts } = this.limits
    this.#queue = new UploadQueue({ maxBytes, maxArtifacts })
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
      observer: {
        ...this.#report,
        stored: (upload, outcome, attempt) => {
          this.#spool?.forget(upload)
          this.#report.stored(upload, outcome, attempt)
        },
        failed: (upload, error) => {
          this.#spool?.forget(upload)
          this.#report.failed(upload, error)
        },
        expiring: (upload) => this.#spool?.spill(upload) ?? false,
      },
    })
    this.#spoolEverything = configuration.spoolEverything
    this.#spool = this.#openSpool(configuration)
    this.captureSpace = { memory: this.#queue, startFile: (digest) => this.#spool?.startCapture(digest) }
    if (this.#spool !== undefined) this.track(this.#recover(this.#spool))
  }

  /**
   * Accepts an artifact for upload, or decides at once that there is no room for it: memory first, then the spool, whose
   * room is known and taken here, although the file is written later. Does no I/O, never throws.
   *
   * `sync` artifacts are accepted however full the queue is: whoever awaits them waits, and keeps their bytes anyway.
   */
  submit(submission: ArtifactSubmission): SubmissionReceipt {
    this.#accounting.accepted += 1
    const unfit = this.#unfit(submission.source)
    if (unfit !== undefined) return this.#drop(unfit, submission.source)
    return this.#enqueue(submission, performance.now(), false)
  }

  /**
   * As `submit`, for content in memory that its owner has given away and nobody waits for: whether there is room for it is
   * decided now, and everything else, where it is small, a few milliseconds later, together with what comes until then.
   */
  submitSoon(submission: ArtifactSubmission): Pick<SubmissionReceipt, 'url' | 'dropped'> {
    const { sizeBytes, memoryBytes } = submission.source
    const fits = sizeBytes <= this.limits.maxArtifactBytes && this.#hasRoomFor(memoryBytes)
    const waits = !this.#closed && !this.#spoolEverything && memoryBytes <= MAX_GATHERED_BYTES
    if (!fits || !waits) return this.submit(submission)
    this.#accounting.accepted += 1
    this.#queue.expect(memoryBytes)
    this.#gathered.push(submission)
    this.#gathering ??= setTimeout(() => this.#enqueueGathered(), GATHER_MS)
    if (this.#gathered.length === MAX_GATHERED) platform.defer(() => this.#enqueueGathered())
    return { url: this.#urlOf(submission.sha256), dropped: undefined }
  }

  /** Makes flushes wait for an artifact whose content is still being read or hashed. */
  track(preparation: Promise<unknown>): void {
    this.#preparing.add(preparation)
    const forget = (): void => void this.#preparing.delete(preparation)
    preparation.then(forget, forget)
  }

  /** What became of every artifact so far. */
  stats(): ArtifactClientStats {
    const { size, expected, inflight, spooled, memoryBytes } = this.#queue
    return this.#accounting.snapshot({
      queued: size + expected - inflight - spooled,
      inflight,
      spooled,
      queuedBytes: memoryBytes,
    })
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
    const isDone = await deadline.orEarlier(this.#drained())
    deadline.cancel()
    if (isDone) return
    diagnostics.warn(
      'flush_timeout',
      `${this.#queue.size + this.#queue.expected} artifacts are still waiting after a flush of ${timeoutMs} ms`,
    )
  }

  /**
   * Stores what can be stored within half of the given time, writes to the spool what is left then, and goes on storing
   * until the time is over. What is neither stored nor in the spool by then is counted as failed with
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
    this.#enqueueGathered()
    this.#closed = true
    const drained = this.#uploader.idle()
    const drainDeadline = startDeadline(Math.min(timeoutMs * DRAIN_SHARE_OF_SHUTDOWN, deadline.remainingMs()))
    const isDrained = await drainDeadline.orEarlier(drained)
    drainDeadline.cancel()
    if (!isDrained) {
      if (this.#spool !== undefined) await deadline.orEarlier(this.#spool.spillAll())
      await deadline.orEarlier(drained)
    }
    deadline.cancel()
    this.#uploader.stop()
    await this.#closeSpool()
    this.#reportRemainder(timeoutMs)
    this.#metrics.shutdown()
  }

  #reportRemainder(timeoutMs: number): void {
    const { spooled, failed } = this.stats()
    const lost = failed['already_shutdown'] ?? 0
    if (spooled + lost === 0) return
    const message = `not stored within ${timeoutMs} ms: ${spooled} artifacts are left in the spool, ${lost} are lost`
    diagnostics.warn('shutdown_incomplete', message)
  }

  async #closeSpool(): Promise<void> {
    if (this.#spool === undefined) return
    const grace = startDeadline(CLOSE_GRACE_MS)
    await grace.orEarlier(this.#spool.close())
    grace.cancel()
  }

  #drained(): Promise<unknown> {
    return Promise.allSettled(this.#preparing)
      .then(() => {
        this.#enqueueGathered()
        return this.#uploader.idle()
      })
      .then(() => this.#spool?.settled())
  }

  #enqueueGathered(): void {
    clearTimeout(this.#gathering)
    this.#gathering = undefined
    const gathered = this.#gathered
    this.#gathered = []
    const nowMs = performance.now()
    for (const submission of gathered) {
      this.#queue.arrived(submission.source.memoryBytes)
      this.#enqueue(submission, nowMs, true)
    }
  }

  /** @param hasRoom whether it is known to fit into memory: its reference says already that it will be stored */
  #enqueue(submission: ArtifactSubmission, nowMs: number, hasRoom: boolean): SubmissionReceipt {
    const { source, sha256, contentType, filename } = submission
    const url = this.#urlOf(sha256)
    if (this.#storedDigests.has(sha256, nowMs)) {
      this.#deduplicate(source)
      return { url, dropped: undefined, outcome: Promise.resolve(), persisted: Promise.resolve() }
    }
    const same = this.#queue.find(sha256)
    if (same !== undefined) {
      this.#deduplicate(source)
      return this.#accepted(same, submission)
    }
    const { sizeBytes, memoryBytes } = source
    const upload = new PendingUpload({
      artifact: { sha256, sizeBytes, contentType, filename },
      content: new SubmittedContent(source, sha256, this.#destination.verifiesDigests === true),
      memoryBytes,
      submittedAtMs: nowMs,
      url,
    })
    if (!hasRoom && !this.#findPlace(upload, submission)) return this.#drop('queue_full', source)
    this.#queue.add(upload)
    this.#uploader.wake()
    return this.#accepted(upload, submission)
  }

  #hasRoomFor(memoryBytes: number): boolean {
    return this.#queue.hasRoomFor(memoryBytes, this.#spool?.isUsable === true ? MEMORY_SHARE_WITH_SPOOL : 1)
  }

  /** Decides where an artifact waits. @returns false when there is no room for it anywhere */
  #findPlace(upload: PendingUpload, { source, upload: mode }: ArtifactSubmission): boolean {
    if (source.spooling !== undefined) {
      this.#spool?.finishCapture(upload, source.spooling)
      return true
    }
    const { memoryBytes, sizeBytes } = source
    const fits = this.#hasRoomFor(memoryBytes)
    if (fits && !this.#spoolEverything) return true
    const reservation = this.#spool?.reserve(sizeBytes, memoryBytes)
    if (reservation === undefined) return fits || mode === 'sync'
    this.#spool?.write(upload, reservation, memoryBytes)
    return true
  }

  #deduplicate(source: ArtifactSource): void {
    source.spooling?.capture.discard()
    source.unused(false)
    this.#report.deduplicated()
  }

  #accepted(upload: PendingUpload, submission: ArtifactSubmission): SubmissionReceipt {
    if (submission.upload === 'background') return upload
    const { persisted, url } = upload
    return { url, dropped: undefined, outcome: upload.outcomeWithin(this.limits.syncTimeoutMs), persisted }
  }

  #openSpool({ endpoint, token, destination, ...spool }: ArtifactClientConfiguration): UploadSpool | undefined {
    const disk = platform.spool
    const { maxSpoolBytes, maxSpoolFiles, maxSpoolAgeMs } = this.limits
    if (disk === undefined || maxSpoolBytes === 0 || maxSpoolFiles === 0) return undefined
    // Nobody can tell whether two destinations of the application's own are the same.
    if (spool.spoolDirectory === undefined && destination !== undefined) return undefined
    const path = spool.spoolDirectory ?? disk.defaultPath(spoolKey(endpoint, token))
    return new UploadSpool({
      maxBytes: maxSpoolBytes,
      maxFiles: maxSpoolFiles,
      maxAgeMs: maxSpoolAgeMs,
      open: () =>
        disk.open({
          path,
          isTemporary: spool.spoolDirectory === undefined,
          durability: spool.durability,
          maxAgeMs: maxSpoolAgeMs,
        }),
      // A directory that somebody has named is opened now, so that a mistake shows now.
      hasLeftovers: () => (spool.spoolDirectory === undefined ? disk.exists(path) : Promise.resolve(true)),
      queue: this.#queue,
      recovered: (header) => this.#recovered(header),
      damaged: () => this.#foundDamaged(),
      wake: () => this.#uploader.wake(),
      fail: (upload, error) => this.#uploader.fail(upload, error),
    })
  }

  /** Not on the stack of whoever makes the client. */
  #recover(spool: UploadSpool): Promise<void> {
    return new Promise((resolve) => platform.defer(() => resolve(spool.recover())))
  }

  #recovered({ sha256 }: SpoolHeader): 'new' | 'stored' | PendingUpload {
    this.#accounting.accepted += 1
    this.#accounting.recovered += 1
    const isStored = this.#storedDigests.has(sha256, performance.now())
    const same = isStored ? undefined : this.#queue.find(sha256)
    if (isStored || same !== undefined) this.#report.deduplicated()
    return isStored ? 'stored' : (same ?? 'new')
  }

  #foundDamaged(): void {
    this.#accounting.accepted += 1
    this.#accounting.recovered += 1
    this.#report.damaged()
  }

  #unfit(source: ArtifactSource): DropReason | undefined {
    if (this.#closed) return 'already_shutdown'
    if (source.dropped !== undefined) return source.dropped
    return source.sizeBytes > this.limits.maxArtifactBytes ? 'too_large' : undefined
  }

  #drop(reason: DropReason, source: ArtifactSource): SubmissionReceipt {
    source.spooling?.capture.discard()
    source.unused(false)
    this.#report.dropped(reason, source.sizeBytes)
    const error = new ArtifactUploadError(reason, `the artifact was dropped when it was submitted: ${reason}`)
    const outcome = handled(Promise.reject(error))
    return { url: undefined, dropped: reason, outcome, persisted: outcome }
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
}

/** Content as it was submitted, with a proof that it is what was recorded, unless nobody could have changed it. */
class SubmittedContent implements UploadContent {
  readonly #source: ArtifactSource
  readonly #sha256: string
  readonly #areViewsSafe: boolean

  /** @param areViewsSafe whether whoever reads the chunks finds out that they have changed */
  constructor(source: ArtifactSource, sha256: string, areViewsSafe: boolean) {
    this.#source = source
    this.#sha256 = sha256
    this.#areViewsSafe = areViewsSafe
  }

  chunks(): AsyncIterable<Uint8Array> {
    const chunks = this.#areViewsSafe ? this.#source.views() : this.#source.chunks()
    return this.#source.isOwn ? withTurns(chunks) : verifiedChunks(chunks, this.#expected())
  }

  done(wasStored: boolean): void {
    this.#source.unused(wasStored)
  }

  scan(): AsyncIterable<Uint8Array> {
    return this.#source.isOwn ? this.#source.views() : verifiedScan(this.#source.scan(), this.#expected())
  }

  #expected(): { sha256: string; sizeBytes: number } {
    return { sha256: this.#sha256, sizeBytes: this.#source.sizeBytes }
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

/**
 * Tells spools apart whose artifacts go to different places, without naming either: what one project has left must not be
 * uploaded by another.
 */
function spoolKey(endpoint: string, token: string | undefined): string {
  const identity = new TextEncoder().encode(`span-artifacts spool\n${endpoint}\n${token ?? ''}`)
  return digestAtOnce([identity]).slice(0, SPOOL_KEY_DIGITS)
}

const SPOOL_KEY_DIGITS = 16

import type { ByteBudget } from './accumulator.js'
import type { PendingUpload } from './pending-upload.js'

/**
 * The uploads that are not over yet, bounded by bytes in memory and by count. An upload stays in the queue, and holds
 * its memory, until it is removed; in between it is ready, in flight, or waiting for its next attempt.
 */
export class UploadQueue implements ByteBudget {
  readonly #maxBytes: number
  readonly #maxArtifacts: number
  readonly #ready = new Set<PendingUpload>()
  readonly #waiting = new Set<PendingUpload>()
  readonly #inflight = new Set<PendingUpload>()
  readonly #byDigest = new Map<string, PendingUpload>()
  #memoryBytes = 0

  constructor(limits: { maxBytes: number; maxArtifacts: number }) {
    this.#maxBytes = limits.maxBytes
    this.#maxArtifacts = limits.maxArtifacts
  }

  /** Bytes in memory: of uploads that are not over, and of content that is being captured. */
  get memoryBytes(): number {
    return this.#memoryBytes
  }

  /** Uploads that are not over, in flight or not. */
  get size(): number {
    return this.#byDigest.size
  }

  get inflight(): number {
    return this.#inflight.size
  }

  /** The upload of this digest that is not over yet, if any. */
  find(sha256: string): PendingUpload | undefined {
    return this.#byDigest.get(sha256)
  }

  /** @returns whether there is room for one more upload of so many bytes in memory */
  hasRoomFor(memoryBytes: number): boolean {
    return this.size < this.#maxArtifacts && this.#memoryBytes + memoryBytes <= this.#maxBytes
  }

  /** Appends an upload, whether there is room or not. */
  add(upload: PendingUpload): void {
    this.#byDigest.set(upload.artifact.sha256, upload)
    this.#memoryBytes += upload.memoryBytes
    this.#ready.add(upload)
  }

  /** Hands out the next upload whose time has come, those that have waited before first. */
  take(nowMs: number): PendingUpload | undefined {
    const upload = this.#nextDue(nowMs)
    if (upload === undefined) return undefined
    this.#ready.delete(upload)
    this.#waiting.delete(upload)
    this.#inflight.add(upload)
    upload.inflight = true
    return upload
  }

  /** Takes an upload back after a failed attempt; it is due again at its `notBeforeMs`. */
  putBack(upload: PendingUpload): void {
    upload.inflight = false
    this.#inflight.delete(upload)
    this.#waiting.add(upload)
  }

  /** Removes an upload for good and frees its memory. */
  remove(upload: PendingUpload): void {
    upload.inflight = false
    this.#ready.delete(upload)
    this.#waiting.delete(upload)
    this.#inflight.delete(upload)
    this.#byDigest.delete(upload.artifact.sha256)
    this.#memoryBytes -= upload.memoryBytes
  }

  /** The uploads that are not in flight and were submitted at or before the given time. */
  submittedBefore(timeMs: number): PendingUpload[] {
    const old = [...this.#waiting].filter((upload) => upload.submittedAtMs <= timeMs)
    // In order of submission: the first that is young enough ends the search.
    for (const upload of this.#ready) {
      if (upload.submittedAtMs > timeMs) break
      old.push(upload)
    }
    return old
  }

  /** When the next waiting upload is due, in milliseconds; undefined when none waits; 0 when one is ready. */
  nextDueMs(): number | undefined {
    if (this.#ready.size > 0) return 0
    return minimum(Array.from(this.#waiting, (upload) => upload.notBeforeMs))
  }

  /** When the oldest upload that is not in flight was submitted, in milliseconds. */
  oldestSubmittedMs(): number | undefined {
    const [oldestReady] = this.#ready
    const waiting = Array.from(this.#waiting, (upload) => upload.submittedAtMs)
    return minimum(oldestReady === undefined ? waiting : [...waiting, oldestReady.submittedAtMs])
  }

  /** Every upload that is not over, in flight or not. */
  all(): PendingUpload[] {
    return [...this.#byDigest.values()]
  }

  reserve(bytes: number): boolean {
    if (this.#memoryBytes + bytes > this.#maxBytes) return false
    this.#memoryBytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#memoryBytes -= bytes
  }

  #nextDue(nowMs: number): PendingUpload | undefined {
    for (const upload of this.#waiting) if (upload.notBeforeMs <= nowMs) return upload
    const [first] = this.#ready
    return first
  }
}

function minimum(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.min(...values)
}

import type { ByteBudget } from './accumulator.js'
import { DigestIndex } from './digest-index.js'
import type { PendingUpload, UploadContent } from './pending-upload.js'
import type { SpoolFile } from './spool/spool-directory.js'
import { UploadList } from './upload-list.js'

/**
 * The uploads that are not over yet, in memory or on disk; those in memory are bounded by bytes and by count. An upload
 * stays in the queue until it is removed; in between it is ready, in flight, or waiting for its next attempt.
 */
export class UploadQueue implements ByteBudget {
  readonly #maxBytes: number
  readonly #maxArtifacts: number
  /** Both in order of submission; disk and memory take turns, so that neither starves the other. */
  readonly #ready = { memory: new UploadList(), disk: new UploadList() }
  #turn: 'memory' | 'disk' = 'memory'
  readonly #waiting = new UploadList()
  readonly #inflight = new UploadList()
  readonly #byDigest = new DigestIndex()
  #memoryBytes = 0
  #expected = 0
  #onDisk = 0
  #onDiskInflight = 0

  constructor(limits: { maxBytes: number; maxArtifacts: number }) {
    this.#maxBytes = limits.maxBytes
    this.#maxArtifacts = limits.maxArtifacts
  }

  /** Bytes in memory: of uploads that are not over, and of content that is being captured. */
  get memoryBytes(): number {
    return this.#memoryBytes
  }

  /** Uploads that are not over, in flight or not, in memory or on disk. */
  get size(): number {
    return this.#byDigest.size
  }

  /** Uploads that have room in memory already, and are added soon. */
  get expected(): number {
    return this.#expected
  }

  get inflight(): number {
    return this.#inflight.size
  }

  /** Uploads on disk that are not in flight. */
  get spooled(): number {
    return this.#onDisk - this.#onDiskInflight
  }

  /** The upload of this digest that is not over yet, if any. */
  find(sha256: string): PendingUpload | undefined {
    return this.#byDigest.find(sha256)
  }

  /**
   * @param share how much of the memory may be taken, 0 to 1. Default: all of it
   * @returns whether there is room for one more upload of so many bytes in memory
   */
  hasRoomFor(memoryBytes: number, share = 1): boolean {
    if (this.size - this.#onDisk + this.#expected >= this.#maxArtifacts) return false
    return memoryBytes === 0 || this.#memoryBytes + memoryBytes <= this.#maxBytes * share
  }

  /** Takes room in memory for an upload that is added soon. */
  expect(memoryBytes: number): void {
    this.#expected += 1
    this.#memoryBytes += memoryBytes
  }

  /** Gives back what `expect` took: the upload is there. */
  arrived(memoryBytes: number): void {
    this.#expected -= 1
    this.#memoryBytes -= memoryBytes
  }

  /** Appends an upload, whether there is room or not. */
  add(upload: PendingUpload): void {
    this.#byDigest.add(upload)
    this.#memoryBytes += upload.memoryBytes
    if (upload.file === undefined) {
      this.#ready.memory.append(upload)
    } else {
      this.#onDisk += 1
      this.#ready.disk.append(upload)
    }
  }

  /** Notes that the content of an upload is on disk. Its memory is free when no attempt reads it any more. */
  moveToDisk(upload: PendingUpload, file: SpoolFile, content: UploadContent): void {
    upload.movedToDisk(file, content)
    this.#onDisk += 1
    if (upload.inflight) this.#onDiskInflight += 1
    else this.#releaseMemory(upload)
    if (this.#ready.memory.remove(upload)) this.#ready.disk.append(upload)
  }

  /** Hands out the next upload whose time has come, those that have waited before first. */
  take(nowMs: number): PendingUpload | undefined {
    const upload = this.#nextDue(nowMs)
    if (upload === undefined) return undefined
    upload.list?.remove(upload)
    this.#inflight.append(upload)
    if (upload.file !== undefined) this.#onDiskInflight += 1
    upload.inflight = true
    return upload
  }

  /** Takes an upload back after a failed attempt; it is due again at its `notBeforeMs`. */
  putBack(upload: PendingUpload): void {
    this.#endFlight(upload)
    this.#waiting.append(upload)
    if (upload.file !== undefined) this.#releaseMemory(upload)
  }

  /** Removes an upload for good and frees its memory. */
  remove(upload: PendingUpload): void {
    this.#endFlight(upload)
    upload.list?.remove(upload)
    if (this.#byDigest.remove(upload) && upload.file !== undefined) this.#onDisk -= 1
    this.#releaseMemory(upload)
  }

  /** The uploads in memory that are not in flight and were submitted at or before the given time. */
  submittedBefore(timeMs: number): PendingUpload[] {
    const old = [...this.#waiting].filter((upload) => upload.isInMemory && upload.submittedAtMs <= timeMs)
    // In order of submission: the first that is young enough ends the search.
    for (const upload of this.#ready.memory) {
      if (upload.submittedAtMs > timeMs) break
      if (upload.isInMemory) old.push(upload)
    }
    return old
  }

  /** When the next waiting upload is due, in milliseconds; undefined when none waits; 0 when one is ready. */
  nextDueMs(): number | undefined {
    if (this.#ready.memory.size + this.#ready.disk.size > 0) return 0
    return minimum(this.#waiting, (upload) => upload.notBeforeMs)
  }

  /** When the oldest upload in memory that is not in flight was submitted, in milliseconds. */
  oldestSubmittedMs(): number | undefined {
    const waitingMs = minimum(this.#waiting, (upload) => (upload.isInMemory ? upload.submittedAtMs : undefined))
    for (const upload of this.#ready.memory) {
      if (upload.isInMemory) return Math.min(upload.submittedAtMs, waitingMs ?? Number.POSITIVE_INFINITY)
    }
    return waitingMs
  }

  /** Every upload that is not over, in flight or not. */
  all(): PendingUpload[] {
    return [this.#inflight, this.#waiting, this.#ready.memory, this.#ready.disk].flatMap((list) => [...list])
  }

  reserve(bytes: number): boolean {
    if (this.#memoryBytes + bytes > this.#maxBytes) return false
    this.#memoryBytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#memoryBytes -= bytes
  }

  #endFlight(upload: PendingUpload): void {
    upload.inflight = false
    if (this.#inflight.remove(upload) && upload.file !== undefined) this.#onDiskInflight -= 1
  }

  #releaseMemory(upload: PendingUpload): void {
    this.#memoryBytes -= upload.memoryBytes
    upload.memoryBytes = 0
  }

  #nextDue(nowMs: number): PendingUpload | undefined {
    if (this.#waiting.size > 0) for (const upload of this.#waiting) if (upload.notBeforeMs <= nowMs) return upload
    const other = this.#turn === 'memory' ? 'disk' : 'memory'
    const upload = this.#ready[this.#turn].first ?? this.#ready[other].first
    this.#turn = other
    return upload
  }
}

function minimum(
  uploads: Iterable<PendingUpload>,
  value: (upload: PendingUpload) => number | undefined,
): number | undefined {
  let least: number | undefined
  for (const upload of uploads) {
    const candidate = value(upload)
    if (candidate !== undefined && (least === undefined || candidate < least)) least = candidate
  }
  return least
}

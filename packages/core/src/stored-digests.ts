import { platform } from '#platform'
import { DIGEST_BUCKETS, digestBucket, digestTag } from './digest-buckets.js'

const DIGEST_BYTES = 32
const DIGEST_WORDS = 8

/**
 * For how long, in milliseconds: a destination may delete what it stored, and only a new registration tells. An hour is
 * far below any sensible retention.
 */
const REMEMBER_MS = 3_600_000

/**
 * The digests that are known to be stored, the last two of each bucket: some 8000. A Map costs several times as much per
 * artifact, and remembers no better: what is forgotten too early is offered to the destination once more, and no harm done.
 */
export class StoredDigests {
  readonly #younger = new DigestTable()
  readonly #older = new DigestTable()

  /** Whether this digest was stored not long ago. */
  has(sha256: string, nowMs: number): boolean {
    const bucket = digestBucket(sha256)
    const tag = digestTag(sha256)
    if (this.#younger.holds(bucket, tag, sha256)) return isFresh(this.#younger.storedAtMs(bucket), nowMs)
    if (!this.#older.holds(bucket, tag, sha256)) return false
    const storedAtMs = this.#older.storedAtMs(bucket)
    // What is asked for outlives what is not.
    this.#push(bucket, sha256, storedAtMs)
    return isFresh(storedAtMs, nowMs)
  }

  /** Remembers a digest that was stored at this time of the monotonic clock, in milliseconds. */
  add(sha256: string, storedAtMs: number): void {
    const bucket = digestBucket(sha256)
    if (this.#younger.holds(bucket, digestTag(sha256), sha256)) this.#younger.put(bucket, sha256, storedAtMs)
    else this.#push(bucket, sha256, storedAtMs)
  }

  #push(bucket: number, sha256: string, storedAtMs: number): void {
    this.#older.copy(bucket, this.#younger)
    this.#younger.put(bucket, sha256, storedAtMs)
  }
}

/**
 * One digest per bucket, and when it was stored. As bytes: thousands of strings would grow old in the heap, each written down
 * for the next minor collection, and every comparison would fetch one from somewhere.
 */
class DigestTable {
  readonly #words = new Uint32Array((DIGEST_BUCKETS + 1) * DIGEST_WORDS)
  readonly #write = platform.createHexWriter(new Uint8Array(this.#words.buffer))
  readonly #tags = new Uint32Array(DIGEST_BUCKETS)
  readonly #storedAtMs = new Float64Array(DIGEST_BUCKETS).fill(Number.NEGATIVE_INFINITY)

  /** @param tag of the digest: few that are not equal have equal ones */
  holds(bucket: number, tag: number, sha256: string): boolean {
    if (this.#tags[bucket] !== tag) return false
    // The place behind the last bucket is for what is looked for.
    this.#write(sha256, DIGEST_BUCKETS * DIGEST_BYTES)
    for (let index = 0; index < DIGEST_WORDS; index += 1) {
      if (this.#words[bucket * DIGEST_WORDS + index] !== this.#words[DIGEST_BUCKETS * DIGEST_WORDS + index])
        return false
    }
    return true
  }

  /** Long ago where there is none. */
  storedAtMs(bucket: number): number {
    return this.#storedAtMs[bucket] ?? Number.NEGATIVE_INFINITY
  }

  put(bucket: number, sha256: string, storedAtMs: number): void {
    this.#write(sha256, bucket * DIGEST_BYTES)
    this.#tags[bucket] = digestTag(sha256)
    this.#storedAtMs[bucket] = storedAtMs
  }

  copy(bucket: number, from: DigestTable): void {
    const start = bucket * DIGEST_WORDS
    for (let index = start; index < start + DIGEST_WORDS; index += 1) this.#words[index] = from.#words[index] ?? 0
    this.#tags[bucket] = from.#tags[bucket] ?? 0
    this.#storedAtMs[bucket] = from.storedAtMs(bucket)
  }
}

function isFresh(storedAtMs: number, nowMs: number): boolean {
  return nowMs - storedAtMs <= REMEMBER_MS
}

import { bucketOfWord, DIGEST_BUCKETS, DIGITS_PER_WORD, digestWord } from './digest-words.js'

const DIGEST_WORDS = 8

/**
 * For how long, in milliseconds: a destination may delete what it stored, and only a new registration tells. An hour is
 * far below any sensible retention.
 */
const REMEMBER_MS = 3_600_000

/** A record in words of 32 bits: when the younger and the older digest were stored, as doubles, and the two digests. */
const TIMES = 2
const OLDER_TIME = 1
const WORDS_PER_DOUBLE = 2
const YOUNGER_DIGEST: number = TIMES * WORDS_PER_DOUBLE
const OLDER_DIGEST: number = YOUNGER_DIGEST + DIGEST_WORDS
const RECORD_WORDS: number = OLDER_DIGEST + DIGEST_WORDS
const RECORD_DOUBLES: number = RECORD_WORDS / WORDS_PER_DOUBLE

/**
 * The digests that are known to be stored, the last two of each bucket: some 8000. A Map costs several times as much per
 * artifact, and remembers no better: what is forgotten too early is offered to the destination once more, and no harm done.
 *
 * As numbers: thousands of strings would grow old in the heap, each written down for the next minor collection, and every
 * comparison would fetch one from somewhere. What belongs to one bucket is in one place, because it is seldom in a cache.
 */
export class StoredDigests {
  readonly #words = new Int32Array(DIGEST_BUCKETS * RECORD_WORDS)
  readonly #storedAtMs = new Float64Array(this.#words.buffer)

  constructor() {
    for (let record = 0; record < DIGEST_BUCKETS; record += 1) {
      this.#storedAtMs.fill(Number.NEGATIVE_INFINITY, record * RECORD_DOUBLES, record * RECORD_DOUBLES + TIMES)
    }
  }

  /** Whether this digest was stored not long ago. */
  has(sha256: string, nowMs: number): boolean {
    const firstWord = digestWord(sha256, 0)
    const bucket = bucketOfWord(firstWord)
    const record = bucket * RECORD_WORDS
    const time = bucket * RECORD_DOUBLES
    if (this.#holds(record + YOUNGER_DIGEST, sha256, firstWord)) return isFresh(this.#storedAtMs[time], nowMs)
    if (!this.#holds(record + OLDER_DIGEST, sha256, firstWord)) return false
    const storedAtMs = this.#storedAtMs[time + OLDER_TIME]
    // What is asked for outlives what is not.
    this.#push(bucket, sha256, storedAtMs)
    return isFresh(storedAtMs, nowMs)
  }

  /** Remembers a digest that was stored at this time of the monotonic clock, in milliseconds. */
  add(sha256: string, storedAtMs: number): void {
    const firstWord = digestWord(sha256, 0)
    const bucket = bucketOfWord(firstWord)
    const isKnown = this.#holds(bucket * RECORD_WORDS + YOUNGER_DIGEST, sha256, firstWord)
    if (isKnown) this.#storedAtMs[bucket * RECORD_DOUBLES] = storedAtMs
    else this.#push(bucket, sha256, storedAtMs)
  }

  #holds(start: number, sha256: string, firstWord: number): boolean {
    if (this.#words[start] !== firstWord) return false
    for (let index = 1; index < DIGEST_WORDS; index += 1) {
      if (this.#words[start + index] !== digestWord(sha256, index * DIGITS_PER_WORD)) return false
    }
    return true
  }

  /** Makes this the younger digest of its bucket, and the one that was the older. */
  #push(bucket: number, sha256: string, storedAtMs: number = Number.NEGATIVE_INFINITY): void {
    const younger = bucket * RECORD_WORDS + YOUNGER_DIGEST
    const older = bucket * RECORD_WORDS + OLDER_DIGEST
    const time = bucket * RECORD_DOUBLES
    for (let index = 0; index < DIGEST_WORDS; index += 1) {
      this.#words[older + index] = this.#words[younger + index] ?? 0
      this.#words[younger + index] = digestWord(sha256, index * DIGITS_PER_WORD)
    }
    this.#storedAtMs[time + OLDER_TIME] = this.#storedAtMs[time] ?? Number.NEGATIVE_INFINITY
    this.#storedAtMs[time] = storedAtMs
  }
}

function isFresh(storedAtMs: number = Number.NEGATIVE_INFINITY, nowMs: number): boolean {
  return nowMs - storedAtMs <= REMEMBER_MS
}

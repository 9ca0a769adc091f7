/** The first digits of a digest are as good as any hash: 3 of them choose one of 4096 buckets, of two digests each. */
const BUCKETS = 4096

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
  readonly #younger: (string | undefined)[] = Array.from({ length: BUCKETS })
  readonly #older: (string | undefined)[] = Array.from({ length: BUCKETS })
  readonly #youngerStoredAtMs = new Float64Array(BUCKETS)
  readonly #olderStoredAtMs = new Float64Array(BUCKETS)

  /** Whether this digest was stored not long ago. */
  has(sha256: string, nowMs: number): boolean {
    const bucket = bucketOf(sha256)
    if (this.#younger[bucket] === sha256) return isFresh(this.#youngerStoredAtMs[bucket], nowMs)
    if (this.#older[bucket] !== sha256) return false
    const storedAtMs = this.#olderStoredAtMs[bucket] ?? 0
    // What is asked for outlives what is not.
    this.#push(bucket, sha256, storedAtMs)
    return isFresh(storedAtMs, nowMs)
  }

  add(sha256: string, storedAtMs: number): void {
    const bucket = bucketOf(sha256)
    if (this.#younger[bucket] === sha256) this.#youngerStoredAtMs[bucket] = storedAtMs
    else this.#push(bucket, sha256, storedAtMs)
  }

  #push(bucket: number, sha256: string, storedAtMs: number): void {
    this.#older[bucket] = this.#younger[bucket]
    this.#olderStoredAtMs[bucket] = this.#youngerStoredAtMs[bucket] ?? 0
    this.#younger[bucket] = sha256
    this.#youngerStoredAtMs[bucket] = storedAtMs
  }
}

function isFresh(storedAtMs: number | undefined, nowMs: number): boolean {
  return storedAtMs !== undefined && nowMs - storedAtMs <= REMEMBER_MS
}

/** Of lower-case hexadecimal digits; anything else ends up in some bucket too. */
function bucketOf(sha256: string): number {
  return (digit(sha256.charCodeAt(0)) << 8) | (digit(sha256.charCodeAt(1)) << 4) | digit(sha256.charCodeAt(2))
}

function digit(code: number): number {
  return (code > NINE ? code - BEFORE_LETTERS : code) & 0x0f
}

const NINE = 0x39
/** `a` is 0x61, and stands for 10. */
const BEFORE_LETTERS = 0x57

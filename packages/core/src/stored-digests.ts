/** How many digests are remembered as stored. */
const MAX_REMEMBERED_DIGESTS = 4096

/**
 * For how long, in milliseconds: a destination may delete what it stored, and only a new registration tells. An hour is
 * far below any sensible retention.
 */
const REMEMBER_MS = 3_600_000

/** The digests that are known to be stored: least recently used ones are forgotten first. */
export class StoredDigests {
  readonly #storedAtMs = new Map<string, number>()

  /** Whether this digest was stored not long ago. */
  has(sha256: string, nowMs: number): boolean {
    const storedAtMs = this.#storedAtMs.get(sha256)
    if (storedAtMs === undefined) return false
    this.#storedAtMs.delete(sha256)
    if (nowMs - storedAtMs > REMEMBER_MS) return false
    // To the end of the insertion order: used last.
    this.#storedAtMs.set(sha256, storedAtMs)
    return true
  }

  add(sha256: string, nowMs: number): void {
    this.#storedAtMs.delete(sha256)
    this.#storedAtMs.set(sha256, nowMs)
    if (this.#storedAtMs.size <= MAX_REMEMBERED_DIGESTS) return
    for (const oldest of this.#storedAtMs.keys()) {
      this.#storedAtMs.delete(oldest)
      return
    }
  }
}

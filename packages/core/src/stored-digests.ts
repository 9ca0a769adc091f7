/** How many digests are remembered as stored. */
const MAX_REMEMBERED_DIGESTS = 4096

/**
 * For how long, in milliseconds: a destination may delete what it stored, and only a new registration tells. An hour is
 * far below any sensible retention.
 */
const REMEMBER_MS = 3_600_000

/**
 * The digests that are known to be stored. Of two generations the older one is forgotten as a whole; what is asked for
 * moves to the younger. A single map would have to be searched for its oldest entry past all that were deleted.
 */
export class StoredDigests {
  #younger = new Map<string, number>()
  #older = new Map<string, number>()

  /** Whether this digest was stored not long ago. */
  has(sha256: string, nowMs: number): boolean {
    const storedAtMs = this.#younger.get(sha256) ?? this.#older.get(sha256)
    if (storedAtMs === undefined || nowMs - storedAtMs > REMEMBER_MS) return false
    this.add(sha256, storedAtMs)
    return true
  }

  add(sha256: string, storedAtMs: number): void {
    this.#younger.set(sha256, storedAtMs)
    if (this.#younger.size < MAX_REMEMBERED_DIGESTS / 2) return
    this.#older = this.#younger
    this.#younger = new Map()
  }
}

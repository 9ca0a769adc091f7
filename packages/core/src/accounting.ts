/** How many artifacts ended in which way, by reason: a `dropped` reason, an HTTP status, or an error code. */
export type CountsByReason = Readonly<Record<string, number>>

/**
 * What became of every artifact that was submitted. At any moment
 * `accepted = uploaded + deduplicated + Σ dropped + Σ failed + spooled + queued + inflight`.
 */
export interface ArtifactClientStats {
  /** Artifacts submitted, and those found in the spool. */
  readonly accepted: number
  /** Of those, how many were found in the spool, left by another process. */
  readonly recovered: number
  /** Stored by an upload of this client. */
  readonly uploaded: number
  /** Not uploaded, because the same content is stored already or is on its way. */
  readonly deduplicated: number
  /** Refused at submission; their references say why. */
  readonly dropped: CountsByReason
  /** Given up after submission. */
  readonly failed: CountsByReason
  /** Waiting on disk: for an attempt, or, after a shutdown, for the next process. */
  readonly spooled: number
  /** Waiting in memory for an attempt. */
  readonly queued: number
  /** Under way. */
  readonly inflight: number
  /** Bytes stored by uploads of this client. */
  readonly uploadedBytes: number
  /** Bytes in memory for artifacts that are not stored yet, including content that is still being captured. */
  readonly queuedBytes: number
}

/** Counts what became of artifacts. */
export class Accounting {
  accepted = 0
  recovered = 0
  uploaded = 0
  deduplicated = 0
  uploadedBytes = 0
  readonly #dropped = new Map<string, number>()
  readonly #failed = new Map<string, number>()

  countDropped(reason: string): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1)
  }

  countFailed(reason: string): void {
    this.#failed.set(reason, (this.#failed.get(reason) ?? 0) + 1)
  }

  snapshot(queue: Pick<ArtifactClientStats, 'queued' | 'inflight' | 'spooled' | 'queuedBytes'>): ArtifactClientStats {
    const { accepted, recovered, uploaded, deduplicated, uploadedBytes } = this
    const dropped = Object.fromEntries(this.#dropped)
    const failed = Object.fromEntries(this.#failed)
    return { accepted, recovered, uploaded, deduplicated, dropped, failed, uploadedBytes, ...queue }
  }
}

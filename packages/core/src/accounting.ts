/** How many artifacts ended in which way, by reason: a `dropped` reason, an HTTP status, or an error code. */
export type CountsByReason = Readonly<Record<string, number>>

/**
 * What became of every artifact that was submitted. At any moment
 * `accepted = uploaded + deduplicated + Σ dropped + Σ failed + queued + inflight`.
 */
export interface ArtifactClientStats {
  /** Artifacts submitted. */
  readonly accepted: number
  /** Stored by an upload of this client. */
  readonly uploaded: number
  /** Not uploaded, because the same content is stored already or is on its way. */
  readonly deduplicated: number
  /** Refused at submission; their references say why. */
  readonly dropped: CountsByReason
  /** Given up after submission. */
  readonly failed: CountsByReason
  /** Waiting for an attempt. */
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

  snapshot(queue: { queued: number; inflight: number; queuedBytes: number }): ArtifactClientStats {
    const { accepted, uploaded, deduplicated, uploadedBytes } = this
    const dropped = Object.fromEntries(this.#dropped)
    const failed = Object.fromEntries(this.#failed)
    return { accepted, uploaded, deduplicated, dropped, failed, uploadedBytes, ...queue }
  }
}

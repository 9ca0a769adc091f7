import { backoffDelayMs } from './retry.js'

/** How long uploads rest after a refused token, in milliseconds: doubled each time up to the maximum. */
const INITIAL_PAUSE_MS = 60_000
const MAX_PAUSE_MS = 900_000

/** How long uploads rest when the destination has no space left, in milliseconds. */
const STORAGE_FULL_PAUSE_MS = 900_000

/**
 * Decides how many uploads may be under way. All of them as a rule; none while the breaker is open, uploads are paused
 * or the destination asked to be left alone; then one, as a probe, until an attempt gets an answer again. Times are in
 * milliseconds of the monotonic clock.
 */
export class UploadGate {
  readonly #options: UploadGateOptions
  #failuresInRow = 0
  #pausesInRow = 0
  #closedUntilMs = 0
  #pausedUntilMs = 0
  #heldUntilMs = 0
  #probing = false

  constructor(options: UploadGateOptions) {
    this.#options = options
  }

  /** How many uploads may be under way at this time. */
  allowedUploads(nowMs: number): number {
    if (nowMs < this.opensAtMs) return 0
    return this.#probing ? 1 : Number.POSITIVE_INFINITY
  }

  /** Before this time no upload may start. */
  get opensAtMs(): number {
    return Math.max(this.#closedUntilMs, this.#heldUntilMs)
  }

  /** The destination gave an answer that counts, good or final: it works. */
  answered(): void {
    this.#failuresInRow = 0
    this.#pausesInRow = 0
    this.#closedUntilMs = 0
    this.#pausedUntilMs = 0
    this.#probing = false
  }

  /** An attempt failed in a way that may pass. @returns whether this opened the breaker */
  failed(nowMs: number): boolean {
    this.#failuresInRow += 1
    const excess = this.#failuresInRow - this.#options.breakerFailures
    if (excess < 0) return false
    this.#close(nowMs + backoffDelayMs(excess + 1, this.#options, this.#options.random))
    return excess === 0
  }

  /** Nothing will get through until someone acts. @returns for how many milliseconds uploads rest */
  pause(nowMs: number, reason: 'refused' | 'storage_full'): number {
    // Several attempts may be under way when the first is refused: that is one pause.
    if (nowMs < this.#pausedUntilMs) return this.#pausedUntilMs - nowMs
    const refusedMs = Math.min(INITIAL_PAUSE_MS * 2 ** this.#pausesInRow, MAX_PAUSE_MS)
    const restMs = reason === 'storage_full' ? STORAGE_FULL_PAUSE_MS : refusedMs
    this.#pausesInRow = Math.min(this.#pausesInRow + 1, MAX_PAUSE_DOUBLINGS)
    this.#pausedUntilMs = nowMs + restMs
    this.#close(this.#pausedUntilMs)
    return restMs
  }

  /** The destination asked to be left alone until then. */
  holdUntil(timeMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, timeMs)
  }

  #close(untilMs: number): void {
    this.#probing = true
    this.#closedUntilMs = Math.max(this.#closedUntilMs, untilMs)
  }
}

/** Enough to get from the initial pause to the maximum. */
const MAX_PAUSE_DOUBLINGS = 5

export interface UploadGateOptions {
  /** How many failures in a row open the breaker. */
  readonly breakerFailures: number
  /** The first and the longest delay between probes, in milliseconds. */
  readonly initialDelayMs: number
  readonly maxDelayMs: number
  readonly random?: () => number
}

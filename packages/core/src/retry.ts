/** HTTP statuses after which the same request may succeed later: RFC 9110, RFC 6585 (429), RFC 8470 (425). */
const retryableStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** The shortest and longest time that a `Retry-After` is taken for, in milliseconds. */
const MIN_RETRY_AFTER_MS = 1000
const MAX_RETRY_AFTER_MS = 300_000

/** Up to this part is added to a `Retry-After`, so that the clients of one server do not all come back at once. */
const RETRY_AFTER_JITTER = 0.2

/** The largest exponent that still matters: 2 ** 30 times any delay is beyond every maximum. */
const MAX_EXPONENT = 30

const MS_PER_SECOND = 1000

/** Whether a request that was answered with this HTTP status is worth repeating. */
export function isRetryableStatus(status: number): boolean {
  return retryableStatuses.has(status)
}

/**
 * How long to wait before the next attempt: exponential backoff with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param failures how many attempts have failed, 1 or more
 * @returns milliseconds between 0 and `initialDelayMs` × 2^(failures − 1), at most `maxDelayMs`
 */
export function backoffDelayMs(
  failures: number,
  limits: { initialDelayMs: number; maxDelayMs: number },
  random: () => number = Math.random,
): number {
  const ceilingMs = limits.initialDelayMs * 2 ** Math.min(failures - 1, MAX_EXPONENT)
  return random() * Math.min(ceilingMs, limits.maxDelayMs)
}

/**
 * Reads a `Retry-After` header, seconds or a date (RFC 9110 section 10.2.3): clamped to 1–300 s, plus 0–20 % jitter.
 *
 * @returns milliseconds from now, or undefined when there is no valid header
 */
export function parseRetryAfterMs(
  header: string | null,
  nowEpochMs: number = Date.now(),
  random: () => number = Math.random,
): number | undefined {
  const text = header?.trim() ?? ''
  const delayMs = /^\d+$/.test(text) ? Number(text) * MS_PER_SECOND : parseHttpDateMs(text) - nowEpochMs
  if (Number.isNaN(delayMs)) return undefined
  return Math.min(Math.max(delayMs, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS) * (1 + random() * RETRY_AFTER_JITTER)
}

/** Every form of a date in HTTP begins with the name of a day (RFC 9110 section 5.6.7); `Date.parse` takes much else. */
function parseHttpDateMs(text: string): number {
  return /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN
}

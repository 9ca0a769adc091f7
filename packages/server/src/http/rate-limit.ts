/** Allows a number of calls in a minute for each key, and a burst of as many. */
export interface RateLimit {
  /**
   * Takes one call.
   *
   * @param now milliseconds since the epoch
   * @returns 0 when it is allowed, else in how many seconds the next one is
   */
  take(key: string, now: number): number
}

const minuteMs = 60_000
const secondMs = 1000

/**
 * A bucket of calls for each key that fills up steadily.
 *
 * @param callsPerMinute size of a bucket, and how many calls flow into it in a minute; `undefined`: no limit
 */
export function createRateLimit(callsPerMinute: number | undefined): RateLimit {
  if (callsPerMinute === undefined) return { take: () => 0 }
  const buckets = new Map<string, { calls: number; filledAt: number }>()
  const msPerCall = minuteMs / callsPerMinute
  return {
    take(key, now) {
      const bucket = buckets.get(key) ?? { calls: callsPerMinute, filledAt: now }
      const calls = Math.min(callsPerMinute, bucket.calls + Math.max(0, now - bucket.filledAt) / msPerCall)
      const isAllowed = calls >= 1
      buckets.set(key, { calls: isAllowed ? calls - 1 : calls, filledAt: now })
      return isAllowed ? 0 : Math.ceil(((1 - calls) * msPerCall) / secondMs)
    },
  }
}

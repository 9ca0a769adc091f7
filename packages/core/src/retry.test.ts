import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffDelayMs, isRetryableStatus, parseRetryAfterMs } from './retry.js'

const limits = { initialDelayMs: 500, maxDelayMs: 30_000 }

describe('the delay before a retry', () => {
  test('doubles with each failure up to the maximum', () => {
    const longest = [1, 2, 3, 7, 8, 1000].map((failures) => backoffDelayMs(failures, limits, () => 1))
    expect(longest).toEqual([500, 1000, 2000, 30_000, 30_000, 30_000])
  })

  test('is spread over all of the time until then', () => {
    expect(backoffDelayMs(3, limits, () => 0)).toBe(0)
    expect(backoffDelayMs(3, limits, () => 0.25)).toBe(500)
  })
})

describe('Retry-After', () => {
  test.each([
    ['120', 120_000],
    [' 7 ', 7000],
    ['0', 1000],
    ['86400', 300_000],
    ['Thu, 01 Jan 1970 00:01:30 GMT', 30_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 1000],
  ])('%j one minute after the epoch means %d ms', (header, expected) => {
    expect(parseRetryAfterMs(header, 60_000, () => 0)).toBe(expected)
  })

  test.each([null, '', 'soon', '-5'])('%j means nothing', (header) => {
    expect(parseRetryAfterMs(header, 60_000, () => 0)).toBeUndefined()
  })

  test('gets up to a fifth more, so that clients do not come back all at once', () => {
    expect(parseRetryAfterMs('100', 0, () => 1)).toBe(120_000)
  })

  test('is within its bounds whatever the header says', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const delayMs = parseRetryAfterMs(header)
        if (delayMs === undefined) return
        expect(delayMs).toBeGreaterThanOrEqual(1000)
        expect(delayMs).toBeLessThanOrEqual(360_000)
      }),
    )
  })
})

test('only answers that may change are worth a retry', () => {
  const retryable = Array.from({ length: 600 }, (_, status) => status).filter(isRetryableStatus)
  expect(retryable).toEqual([408, 425, 429, 500, 502, 503, 504])
})

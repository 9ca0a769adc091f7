import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatBytes } from './bytes.js'
import { formatDuration } from './duration.js'
import { nanosecondsToMilliseconds, parseNanoseconds } from './nanoseconds.js'
import { formatFullTime, formatLocalTime, formatRelativeTime } from './timestamp.js'
import { visibleText } from './visible-text.js'

const nanosecondsPerSecond = 1_000_000_000n

describe('nanoseconds', () => {
  test('keep every digit of a time since 1970', () => {
    expect(parseNanoseconds('1795399551934123457')).toBe(1795399551934123457n)
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (time) => {
        expect(parseNanoseconds(String(time))).toBe(time)
      }),
    )
  })

  test.each([undefined, null, '', ' 1', '1.5', '1e9', 'NaN', '0x10', 1.5, {}, '9'.repeat(40)])(
    'are undefined for %j',
    (value) => {
      expect(parseNanoseconds(value)).toBeUndefined()
    },
  )

  test('become milliseconds by cutting', () => {
    expect(nanosecondsToMilliseconds(1_999_999n)).toBe(1)
  })
})

describe('durations', () => {
  test.each([
    [0, '0 ms'],
    [850, '850 ns'],
    [1500, '1.5 µs'],
    [999_400, '999 µs'],
    [999_600, '1 ms'],
    [12_340_000, '12.3 ms'],
    [123_400_000, '123 ms'],
    [999_600_000, '1 s'],
    [1_050_000_000, '1.05 s'],
    [59_940_000_000, '59.9 s'],
    [59_960_000_000, '1 min'],
    [61_000_000_000, '1 min 1 s'],
    [3_600_000_000_000, '1 h'],
    [93_784_000_000_000, '1 d 2 h'],
    [-1_500_000, '-1.5 ms'],
    [Number.NaN, '–'],
  ])('%d ns reads %s', (nanoseconds, text) => {
    expect(formatDuration(nanoseconds)).toBe(text)
  })

  test('never show more than three significant digits', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 59e9, noNaN: true }), (nanoseconds) => {
        expect(formatDuration(nanoseconds)).toMatch(/^(?:\d{1,3}|\d\.\d\d?|\d\d\.\d) (?:ns|µs|ms|s)$/)
      }),
    )
  })
})

describe('sizes', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [28_421, '27.8 KiB'],
    [734_003_200, '700 MiB'],
    [1.5 * 1024 ** 4, '1.5 TiB'],
    [-1, 'unknown size'],
    [Number.NaN, 'unknown size'],
  ])('%d bytes read %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})

describe('moments', () => {
  const now = new Date(2026, 2, 4, 15, 0, 0)
  const ago = (seconds: number): bigint =>
    BigInt(now.getTime()) * 1_000_000n - BigInt(Math.round(seconds)) * nanosecondsPerSecond

  test.each([
    [0, 'now'],
    [12, '12 s ago'],
    [299, '4 min ago'],
    [7300, '2 h ago'],
    [200_000, '2 d ago'],
    [-90, 'in 1 min'],
  ])('%d seconds back reads %s', (seconds, text) => {
    expect(formatRelativeTime(ago(seconds), now)).toBe(text)
  })

  test('today has no date, another day has one', () => {
    expect(formatLocalTime(ago(0), now)).not.toContain('4')
    expect(formatLocalTime(ago(200_000), now)).toContain('2')
  })

  test('a time that no calendar holds is said to be unknown', () => {
    expect(formatFullTime(10n ** 26n)).toBe('unknown time')
    expect(formatLocalTime(10n ** 26n, now)).toBe('unknown time')
  })
})

describe('names', () => {
  test('that would read in another order are spelt out', () => {
    expect(visibleText('invoice\u202Egnp.exe')).toBe('invoice[U+202E]gnp.exe')
    expect(visibleText('a\u0000b\r\nc\u2067d')).toBe('a[U+0000]b[U+000D][U+000A]c[U+2067]d')
  })

  test('in any script stay as they are', () => {
    expect(visibleText('Žluťoučký 写真 صورة 📷.png')).toBe('Žluťoučký 写真 صورة 📷.png')
  })
})

import { expect, test } from 'vitest'
import { formatSize } from './report.js'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [9949, '9.9 kB'],
  [9950, '10 kB'],
  [601_324, '601 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [2_630_188, '2.6 MB'],
  [5_000_000_000, '5.0 GB'],
])('%d bytes are written as %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text)
})

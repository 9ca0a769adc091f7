import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRange } from './range-header.js'

test.each([
  [undefined, { kind: 'whole' }],
  ['items=0-1', { kind: 'whole' }],
  ['bytes=0-1,4-5', { kind: 'whole' }],
  ['bytes=0-', { kind: 'part', range: { start: 0, end: 9 } }],
  ['bytes=2-4', { kind: 'part', range: { start: 2, end: 4 } }],
  ['BYTES=2-400', { kind: 'part', range: { start: 2, end: 9 } }],
  ['bytes=-3', { kind: 'part', range: { start: 7, end: 9 } }],
  ['bytes=-30', { kind: 'part', range: { start: 0, end: 9 } }],
  ['bytes=-0', { kind: 'unsatisfiable' }],
  ['bytes=10-', { kind: 'unsatisfiable' }],
  ['bytes=4-2', { kind: 'unsatisfiable' }],
  ['bytes=-', { kind: 'unsatisfiable' }],
  ['bytes=', { kind: 'unsatisfiable' }],
  ['bytes=a-b', { kind: 'unsatisfiable' }],
  ['bytes=1.5-2', { kind: 'unsatisfiable' }],
  ['bytes', { kind: 'whole' }],
])('of ten bytes, %s is %j', (header, expected) => {
  expect(parseRange(header, 10)).toEqual(expected)
})

const sizes = fc.oneof(fc.constant(0), fc.nat(), fc.maxSafeNat())

test('whatever a Range header says, a part lies within the content', () => {
  const headers = fc.oneof(
    fc.string(),
    fc.string().map((text) => `bytes=${text}`),
    fc.tuple(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n })).map(([first, last]) => `bytes=${first}-${last}`),
    fc.bigInt({ min: 0n }).map((last) => `bytes=-${last}`),
  )
  fc.assert(
    fc.property(headers, sizes, (header, size) => {
      const answer = parseRange(header, size)
      if (answer.kind !== 'part') return
      const { start, end } = answer.range
      expect(start).toBeGreaterThanOrEqual(0)
      expect(start).toBeLessThanOrEqual(end)
      expect(end).toBeLessThan(size)
    }),
  )
})

test('a well-formed range is what slice would give', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), fc.nat(50), (first, last, size) => {
      const answer = parseRange(`bytes=${first}-${last}`, size)
      const content = Array.from({ length: size }, (_, index) => index)
      const expected = last < first ? [] : content.slice(first, last + 1)
      const actual = answer.kind === 'part' ? content.slice(answer.range.start, answer.range.end + 1) : []
      expect(actual).toEqual(expected)
    }),
  )
})

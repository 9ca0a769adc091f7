import { describe, expect, test } from 'vitest'
import { png } from '../test-fixtures/media.js'
import { replaceMedia } from './replace-media.js'

const replace = (value: unknown): unknown => replaceMedia(value, { media: ({ data }) => data.kind })

describe('replaceMedia', () => {
  test('copies what JSON holds, and leaves the original alone', () => {
    const value = { a: [1, 'two', null, true], b: { c: new Date(0), d: new URL('https://example.com/x') } }
    const copy = replace(value)
    expect(copy).toEqual({
      a: [1, 'two', null, true],
      b: { c: '1970-01-01T00:00:00.000Z', d: 'https://example.com/x' },
    })
    expect(copy).not.toBe(value)
    expect(value.b.c).toEqual(new Date(0))
  })

  test('replaces media, however deep', () => {
    expect(replace({ a: [{ b: png() }], c: new Float32Array(9), d: Buffer.from(png()) })).toEqual({
      a: [{ b: 'bytes' }],
      c: 'bytes',
      d: 'bytes',
    })
  })

  test('writes what JSON cannot hold as what it can', () => {
    const value = { big: 7n, map: new Map([['a', 1]]), set: new Set([2]), error: new TypeError('no'), nothing: () => 1 }
    expect(JSON.parse(JSON.stringify(replace(value)))).toEqual({
      big: '7',
      map: [['a', 1]],
      set: [2],
      error: { name: 'TypeError', message: 'no' },
    })
  })

  test('refuses a cycle at once, however wide it is, and a value that is too deep', () => {
    const cycle: Record<string, unknown> = {}
    for (const key of 'abcdefgh') cycle[key] = cycle
    expect(() => replace({ cycle })).toThrow(/cycle/)
    let deep: unknown = {}
    for (let depth = 0; depth < 600; depth += 1) deep = [deep]
    expect(() => replace(deep)).toThrow(/500 levels/)
    let doubled: unknown = {}
    for (let level = 0; level < 60; level += 1) doubled = [doubled, doubled]
    expect(() => replace(doubled)).toThrow(/objects/)
    let numbers: unknown = Array.from({ length: 5000 }, () => 1)
    for (let level = 0; level < 60; level += 1) numbers = [numbers, numbers]
    expect(() => replace(numbers)).toThrow(/members/)
  })

  test('the same object in two places is no cycle', () => {
    const shared = { a: 1 }
    expect(replace([shared, shared])).toEqual([{ a: 1 }, { a: 1 }])
  })
})

import { describe, expect, test } from 'vitest'
import { initiallyOpen } from './initially-open.js'
import { ExactNumber, parseJson, parseJsonContainer } from './parse-json.js'

describe('parsing', () => {
  test('keeps the digits of integers that a number cannot hold', () => {
    const parsed = parseJson('{"id": 12345678901234567890, "small": 12, "fraction": 0.1, "list": [9007199254740993]}')
    expect(parsed?.value).toEqual({
      id: new ExactNumber('12345678901234567890'),
      small: 12,
      fraction: 0.1,
      list: [new ExactNumber('9007199254740993')],
    })
  })

  test('tells what is not JSON from null', () => {
    expect(parseJson('{"a": ')).toBeUndefined()
    expect(parseJson('null')).toEqual({ value: null })
  })

  test('takes an attribute for JSON only where it holds an object or an array', () => {
    expect(parseJsonContainer(' {"a":1}')?.value).toEqual({ a: 1 })
    expect(parseJsonContainer('[1]')?.value).toEqual([1])
    for (const text of ['42', 'null', '"text"', '{broken', '']) expect(parseJsonContainer(text)).toBeUndefined()
  })

  test('does not let a key change what objects are', () => {
    const parsed = parseJson('{"__proto__": {"polluted": true}}')
    expect(Object.keys(parsed?.value ?? {})).toEqual(['__proto__'])
    expect('polluted' in {}).toBe(false)
  })
})

describe('what is unfolded from the start', () => {
  test('goes from the outside in as far as the lines allow', () => {
    const small = { b: 1 }
    const large = Array.from({ length: 50 }, (_, index) => index)
    const value = { small, large }
    expect(initiallyOpen(value, 10)).toEqual(new Set([value, small]))
    expect(initiallyOpen(value, 100)).toEqual(new Set([value, small, large]))
  })

  test('always has the outermost, however large', () => {
    const value = Array.from({ length: 100_000 }, () => ({ a: {} }))
    expect(initiallyOpen(value, 60)).toEqual(new Set([value]))
    expect(initiallyOpen('text', 60)).toEqual(new Set())
  })
})

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSdkJson } from './sdk-json.js'

describe('parseSdkJson', () => {
  test('gives bytes back that JSON.stringify had turned into members', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 3000 }), fc.json(), (bytes, json) => {
        const other: unknown = JSON.parse(json)
        const text = JSON.stringify({ a: bytes, list: [other, { b: bytes }] })
        expect(parseSdkJson(text)?.data).toEqual({ a: bytes, list: [other, { b: bytes }] })
      }),
    )
  })

  test('leaves every other JSON as it is', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(parseSdkJson(json)).toEqual({ data: JSON.parse(json) as unknown })
      }),
    )
  })

  test.each([
    ['a short table', { 0: 1, 1: 2, 2: 3 }],
    ['numbers that are no bytes', Object.fromEntries(Array.from({ length: 40 }, (_, key) => [key, key * 100]))],
    [
      'numbers with a sign or a fraction',
      Object.fromEntries(Array.from({ length: 40 }, (_, key) => [key, -1 - key / 2])),
    ],
    ['a member that is no number', { ...Object.fromEntries(Array.from({ length: 40 }, (_, key) => [key, key])), x: 1 }],
    ['the same in a string', '{"0":1,"1":2,"2":3}'.repeat(20)],
  ])('does not take %s for bytes', (_name, value) => {
    expect(parseSdkJson(JSON.stringify({ value }))?.data).toEqual({ value })
  })

  test('says so when a text is no JSON', () => {
    expect(parseSdkJson('{"0":1,')).toBeUndefined()
    expect(parseSdkJson('hello')).toBeUndefined()
  })
})

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeJson } from './encode-json.js'
import { ArtifactError } from './errors.js'

const decode = (value: unknown): unknown => JSON.parse(encodeJson(value))

describe('a value as JSON', () => {
  test('is what JSON.stringify writes, for everything that JSON can hold', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // JSON writes -0 as 0, and so do we.
        expect(encodeJson(value)).toBe(JSON.stringify(value))
      }),
    )
  })

  test.each([
    ['undefined', undefined, null],
    ['a function', () => 1, null],
    ['a bigint', 12_345_678_901_234_567_890n, '12345678901234567890'],
    ['NaN', Number.NaN, 'NaN'],
    ['Infinity', -Infinity, '-Infinity'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid date', new Date(Number.NaN), null],
    ['a map with text keys', new Map([['a', new Map([['b', 1n]])]]), { a: { b: '1' } }],
    ['a map with other keys', new Map<unknown, unknown>([[{ k: 1 }, 'v']]), [[{ k: 1 }, 'v']]],
    ['a set', new Set([1, 'x', new Set([2])]), [1, 'x', [2]]],
    ['a regular expression', /x+/g, '/x+/g'],
    ['a URL', new URL('https://example.com/a'), 'https://example.com/a'],
    ['nested bytes', { image: new Uint8Array([1, 2, 255]) }, { image: 'AQL/' }],
    ['a nested Buffer', { image: Buffer.from([1, 2, 255]) }, { image: 'AQL/' }],
    ['undefined members', { a: undefined, b: [undefined] }, { b: [null] }],
    ['a __proto__ key', JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}')],
  ])('of %s', (_, value, expected) => {
    expect(decode(value)).toEqual(expected)
  })

  test('of an error has its name, message, stack, cause and own members', () => {
    class PaymentError extends Error {
      override name = 'PaymentError'
      amount = 3n
    }
    const error = new PaymentError('refused', { cause: new TypeError('no card') })
    expect(decode({ error })).toMatchObject({
      error: {
        name: 'PaymentError',
        message: 'refused',
        amount: '3',
        stack: expect.stringContaining('refused'),
        cause: { name: 'TypeError', message: 'no card' },
      },
    })
  })

  test('of several errors has each', () => {
    expect(decode(new AggregateError([new Error('one'), new Error('two')]))).toMatchObject({
      errors: [{ message: 'one' }, { message: 'two' }],
    })
  })

  test('of the same object twice, side by side, is no cycle', () => {
    const shared = { x: 1 }
    expect(decode([shared, shared])).toEqual([{ x: 1 }, { x: 1 }])
  })

  test('of large nested bytes is base64 all the same', () => {
    const bytes = Buffer.alloc(1_000_003, 7)
    expect(decode([bytes])).toEqual([bytes.toString('base64')])
  })
})

describe('a value that JSON cannot hold is refused with a reason', () => {
  test('for a cycle: where it closes', () => {
    const order: Record<string, unknown> = { items: [{ id: 1 }] }
    order['items'] = [{ order }]
    const failure = failureOf(() => encodeJson(order))
    expect(failure.code).toBe('not_serializable')
    expect(failure.message).toContain('items.0.order')
  })

  test('for endless nesting', () => {
    const endless = (): object => ({ toJSON: endless })
    expect(failureOf(() => encodeJson(endless())).code).toBe('not_serializable')
  })

  test.each<[string, unknown]>([
    ['objects', {}],
    ['lists of numbers', Array.from({ length: 5000 }, () => 1)],
    ['bytes', new Uint8Array(1_000_000)],
  ])('for %s that are shared again and again, long before memory ends', (_, shared) => {
    let doubled: unknown = shared
    for (let level = 0; level < 60; level += 1) doubled = [doubled, doubled]
    expect(failureOf(() => encodeJson(doubled)).code).toBe('not_serializable')
  })

  test('for a getter that throws', () => {
    const value = {
      get broken(): never {
        throw new Error('secret details')
      },
    }
    const failure = failureOf(() => encodeJson(value))
    expect(failure.code).toBe('not_serializable')
    expect(failure.message).not.toContain('secret')
    expect(failure.cause).toBeInstanceOf(Error)
  })
})

function failureOf(task: () => unknown): ArtifactError {
  try {
    task()
  } catch (error) {
    if (ArtifactError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

import { parseArtifactReference, REDACTED, type ArtifactReference } from '@span-artifacts/core'
import { createStore, listen, send, startTracing } from '@span-artifacts/http-testing'
import { describe, expect, test } from 'vitest'
import { createHttpCapture, httpExchangeCapture, type HttpCaptureOptions } from './index.js'

const tracing = startTracing()
const store = createStore()

/** Adds a value of the application to an exchange. @returns what is recorded of it, and its JSON where it is stored */
async function added(
  value: unknown,
  options: HttpCaptureOptions = {},
): Promise<{ readonly reference: ArtifactReference | undefined; readonly json: string | undefined }> {
  const capture = createHttpCapture({ client: store.client, ...options })
  await using server = await listen((request, response) => {
    capture(request, response)
    httpExchangeCapture(request)?.addValue('my.value', value)
    response.end()
  })
  await send(server.url)
  const reference = parseArtifactReference((await tracing.serverAttributes())['my.value'])
  const bytes = (await store.blobs()).get(String(reference?.sha256))
  return { reference, json: bytes && Buffer.from(bytes).toString() }
}

const shown = async (value: unknown): Promise<unknown> => JSON.parse((await added(value)).json ?? 'null')

interface Friend {
  readonly id: number
  readonly name: string
  friends: Friend[]
}

describe('a value of the application', () => {
  test.each<[string, unknown]>([
    [
      'plain values',
      { a: [1, 'text "quoted"', true, null, undefined, () => 1, Symbol('s')], b: undefined, c: Number.NaN },
    ],
    ['values that convert themselves', [new Date(0), new URL('http://a/'), { toJSON: (key: string) => [key] }]],
    ['an object that converts itself to nothing', { toJSON: () => undefined, b: 1 }],
    ['holes in arrays', Array(3)],
    ['a text', 'text'],
    ['nothing', null],
  ])('is written as JSON.stringify does: %s', async (_, value) => {
    expect((await added(value)).json).toBe(JSON.stringify(value))
  })

  test('shows no bytes, wherever they are, without a look at each of them', async () => {
    const bytes = Buffer.from('abc')
    Object.defineProperty(bytes, 'toJSON', {
      value: () => {
        throw new Error('looked')
      },
    })
    const value = { bytes, list: [new Float64Array(2), new ArrayBuffer(5)], converted: { toJSON: () => bytes } }
    expect(await shown(value)).toEqual({
      bytes: '[3 bytes]',
      list: ['[16 bytes]', '[5 bytes]'],
      converted: '[3 bytes]',
    })
    tracing.reset()
    expect(await shown(bytes)).toBe('[3 bytes]')
  })

  test('takes linear time however its objects refer to each other', async () => {
    const users: Friend[] = Array.from({ length: 40 }, (_, id) => ({ id, name: 'n'.repeat(100), friends: [] }))
    for (const user of users) user.friends = users.filter((other) => other !== user)
    let doubled: unknown = 'x'.repeat(500)
    for (let level = 0; level < 100; level += 1) doubled = [doubled, doubled]
    const { json = '' } = await added({ users, doubled })
    for (const user of users) expect(json.split(`{"id":${user.id},`)).toHaveLength(2)
    expect(json).toContain('"[circular]"')
    expect(json).toContain('"[seen]"')
  })

  test('shows small objects as often as they are met', async () => {
    const status = { code: 'open', since: new Date(0) }
    const parent = { status, again: { status } }
    expect(await shown([parent, parent, status])).toEqual(JSON.parse(JSON.stringify([parent, parent, status])))
  })

  test('that is longer than a body may be is not written to its end', async () => {
    let reads = 0
    const item = { toJSON: () => `item ${(reads += 1)}` }
    const { reference, json } = await added(
      Array.from({ length: 1_000_000 }, () => item),
      { maxBodyBytes: 1000 },
    )
    expect(reference).toMatchObject({ dropped: 'too_large', truncated: true })
    expect(json).toBeUndefined()
    expect(reads).toBeLessThan(1000)
    tracing.reset()
    const long = await added({ long: 'x'.repeat(100_000) }, { maxBodyBytes: 1000, redact: false })
    expect(long.reference).toMatchObject({ dropped: 'too_large', truncated: true })
    expect(long.reference?.size_bytes).toBeLessThan(2000)
  })

  test('of a great many parts keeps the first of them, and shows that there were more', async () => {
    const numbers = Array.from({ length: 300_000 }, (_, index) => index)
    const { reference, json = '' } = await added({ numbers, last: 'one' })
    expect(reference).toMatchObject({ truncated: true, size_bytes: json.length })
    expect(reference?.dropped).toBeUndefined()
    expect(JSON.stringify({ numbers }).startsWith(json)).toBe(true)
    const shownNumbers = json.split(',').length
    expect([shownNumbers > 90_000, shownNumbers <= 100_000]).toEqual([true, true])
  })

  test('of a great many parts keeps no secret whose name comes behind them', async () => {
    const numbers = Array.from({ length: 99_990 }, (_, index) => index)
    const between = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`x${index}`, index]))
    const named = { value: 'hunter2', ...between, name: 'password' }
    const { reference, json } = await added([numbers, named])
    expect(reference).toMatchObject({ truncated: true })
    expect(/\{"value":"([^"]*)","x0":/.exec(String(json))?.[1]).toBe(REDACTED)
  })

  test('is not changed by a look at it', async () => {
    let reads = 0
    const value = {
      get next(): number {
        return (reads += 1)
      },
      once: { toJSON: () => (reads += 100) },
    }
    expect(await shown(value)).toEqual({ next: '[getter]', once: 100 })
    expect(reads).toBe(100)
  })

  test('has no secrets of a Map, whatever its keys are', async () => {
    const map = new Map<unknown, unknown>([
      ['password', 'hunter2'],
      [{ id: 1 }, [1]],
    ])
    expect(await shown({ map })).toEqual({
      map: [
        { key: 'password', value: REDACTED },
        { key: { id: 1 }, value: [1] },
      ],
    })
  })
})

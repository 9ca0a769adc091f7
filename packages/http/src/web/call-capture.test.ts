import { SpanKind, trace, type Attributes } from '@opentelemetry/api'
import { REDACTED } from '@span-artifacts/core'
import { capturedExchange, createStore, pseudoRandomBytes, sha256, startTracing } from '@span-artifacts/http-testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createCallCapture, createWebCapture, type CallCaptureOptions } from './index.js'

const tracing = startTracing({ instrumentHttp: false })
const store = createStore()
const { client } = store

/** Makes one call inside of a SERVER span. */
async function call(
  callArguments: readonly unknown[],
  result: unknown,
  options: CallCaptureOptions = {},
): Promise<Attributes> {
  const capture = createCallCapture({ client, ...options }, { isOwnField: (name) => name.startsWith('$') })
  await trace.getTracer('test').startActiveSpan('POST', { kind: SpanKind.SERVER }, async (span) => {
    const running = capture(callArguments)
    await running?.filesRead
    running?.finish(result)
    span.end()
  })
  return tracing.serverAttributes()
}

async function storedJson(attributes: Attributes, part: 'request' | 'response'): Promise<unknown> {
  const blob = (await store.blobs()).get(capturedExchange(attributes)[part]?.sha256 ?? '')
  return blob && JSON.parse(Buffer.from(blob).toString())
}

describe('a captured call', () => {
  test('has its one argument and its result as JSON', async () => {
    const attributes = await call([{ id: 7, when: new Date(0), tags: new Set(['a']) }], { saved: true, size: 12n })
    expect(await storedJson(attributes, 'request')).toEqual({ id: 7, when: '1970-01-01T00:00:00.000Z', tags: ['a'] })
    expect(await storedJson(attributes, 'response')).toEqual({ saved: true, size: '12' })
    expect(capturedExchange(attributes).request?.content_type).toBe('application/json')
  })

  test('has several arguments as a list', async () => {
    const attributes = await call([{ count: 1 }, 'text', undefined], undefined)
    expect(await storedJson(attributes, 'request')).toEqual([{ count: 1 }, 'text', null])
    expect(capturedExchange(attributes).response).toBeUndefined()
  })

  test('has the files of a form one by one, and its fields without those of the framework', async () => {
    const photo = pseudoRandomBytes(200_000, 8)
    const form = new FormData()
    form.append('$ACTION_ID_1', '')
    form.append('subject', 'Lamp')
    form.append('tag', 'a')
    form.append('tag', 'b')
    form.append('password', 'hunter2')
    form.append('meta', '{"token":"abc","page":1}')
    form.append('photo', new File([new Uint8Array(photo)], 'größe ✓.png', { type: 'image/png' }))
    form.append('photo', new File(['tiny'], 'two.txt', { type: 'text/plain' }))
    form.append('none', new File([], ''))
    const attributes = await call([form], 'done')
    expect(capturedExchange(attributes).files).toMatchObject([
      {
        sha256: sha256(photo),
        size_bytes: 200_000,
        filename: 'größe ✓.png',
        content_type: 'image/png',
        field: 'photo',
      },
      { sha256: sha256('tiny'), filename: 'two.txt', field: 'photo' },
    ])
    expect(await storedJson(attributes, 'request')).toEqual({
      subject: 'Lamp',
      tag: ['a', 'b'],
      password: REDACTED,
      meta: `{"token":"${REDACTED}","page":1}`,
    })
    expect(await storedJson(attributes, 'response')).toBe('done')
  })

  test('has files that are arguments, or inside of them', async () => {
    const attributes = await call([{ cover: new File(['jpeg'], 'cover.jpg') }, new Blob(['raw'])], null)
    expect(capturedExchange(attributes).files).toMatchObject([
      { sha256: sha256('jpeg'), filename: 'cover.jpg', field: 'cover' },
      { sha256: sha256('raw'), field: '1' },
    ])
    expect(await storedJson(attributes, 'request')).toEqual([{ cover: '[file cover.jpg, 4 bytes]' }, '[file, 3 bytes]'])
    expect(await storedJson(attributes, 'response')).toBeNull()
  })

  test('of nothing but files has no JSON', async () => {
    const form = new FormData()
    form.append('photo', new File(['jpeg'], 'cover.jpg'))
    const { request, files } = capturedExchange(await call([form], undefined))
    expect([request, files?.length]).toEqual([undefined, 1])
  })

  test.each([
    ['a large file is', 1],
    ['many files are', 40],
  ])('lets others have their turns while %s read', async (_, count) => {
    let turns = 0
    const countTurns = (): void => {
      turns += 1
      next = setImmediate(countTurns)
    }
    let next = setImmediate(countTurns)
    onTestFinished(() => clearImmediate(next))
    const megabytes = 20
    const bytes = new Uint8Array((megabytes * 1024 * 1024) / count)
    const files = Array.from({ length: count }, () => new File([bytes], 'large.bin'))
    expect(capturedExchange(await call(files, undefined)).files).toHaveLength(count)
    expect(turns).toBeGreaterThanOrEqual(megabytes)
  })

  test('has no more of a file than it may', async () => {
    const { files } = capturedExchange(await call([new File(['0123456789'], 'a.txt')], undefined, { maxFileBytes: 9 }))
    expect(files).toMatchObject([{ size_bytes: 10, dropped: 'too_large' }])
  })

  test('is looked into no further than may be kept', async () => {
    let shown = 0
    const list = Array.from({ length: 1000 }, () => ({ toJSON: () => `item ${(shown += 1)}` }))
    const { request, response } = capturedExchange(await call([list], list, { maxBodyBytes: 100 }))
    expect([request, response]).toMatchObject([
      { dropped: 'too_large', truncated: true },
      { dropped: 'too_large', truncated: true },
    ])
    expect(shown).toBeLessThan(100)
  })

  test('has the files of a form, though what stands before it is too long to be kept', async () => {
    const form = new FormData()
    form.append('photo', new File(['jpeg'], 'cover.jpg'))
    const state = { messages: ['x'.repeat(100)] }
    const attributes = await call([state, form, new Blob(['raw'])], undefined, { maxBodyBytes: 100 })
    expect(capturedExchange(attributes)).toMatchObject({
      request: { dropped: 'too_large', truncated: true },
      files: [
        { sha256: sha256('jpeg'), field: 'photo' },
        { sha256: sha256('raw'), field: '2' },
      ],
    })
  })

  test('has no more of the fields of a form than may be kept', async () => {
    const form = new FormData()
    form.append('first', '1')
    form.append('large', 'x'.repeat(100))
    form.append('last', '2')
    const attributes = await call([form], undefined, { maxBodyBytes: 100 })
    expect(capturedExchange(attributes).request).toMatchObject({ truncated: true })
    expect(await storedJson(attributes, 'request')).toEqual({ first: '1' })
    tracing.reset()
    const none = new FormData()
    none.append('large', 'x'.repeat(100))
    expect(capturedExchange(await call([none], undefined, { maxBodyBytes: 100 })).request).toMatchObject({
      sha256: sha256('{}'),
      truncated: true,
    })
  })

  test('survives arguments that cannot be shown', async () => {
    const cyclic: Record<string, unknown> = { name: 'cyclic' }
    cyclic['self'] = cyclic
    cyclic['map'] = new Map([['again', cyclic]])
    const attributes = await call([cyclic], { stream: new ReadableStream(), bytes: Buffer.alloc(5) })
    expect(await storedJson(attributes, 'request')).toEqual({
      name: 'cyclic',
      self: '[circular]',
      map: { again: '[circular]' },
    })
    expect(await storedJson(attributes, 'response')).toEqual({ stream: '[ReadableStream]', bytes: '[5 bytes]' })
    const broken = {
      get value(): never {
        throw new Error('not ours')
      },
    }
    tracing.reset()
    expect(capturedExchange(await call([broken], 'fine')).response).toMatchObject({ size_bytes: 6 })
  })

  test('keeps what was sent when its result cannot be shown', async () => {
    const broken = {
      toJSON(): never {
        throw new Error('not ours')
      },
    }
    const { request, response, files } = capturedExchange(await call([{ a: 1 }, new File(['x'], 'x.txt')], broken))
    expect([request?.sha256, response, files.length]).toEqual([
      sha256('[{"a":1},"[file x.txt, 1 bytes]"]'),
      undefined,
      1,
    ])
  })

  test('has no more files, fields and names than anybody can look at', async () => {
    const form = new FormData()
    for (let index = 0; index < 101; index += 1) form.append(`${'n'.repeat(300)}\n`, new File([`${index}`], 'a.txt'))
    for (let index = 0; index < 10_001; index += 1) form.append(`field${index}`, '')
    const attributes = await call([form], undefined)
    const { request, files } = capturedExchange(attributes)
    expect(files).toHaveLength(100)
    expect(files?.[0]?.field).toBe('n'.repeat(200))
    expect(request).toMatchObject({ truncated: true })
    expect(Object.keys(Object(await storedJson(attributes, 'request')))).toHaveLength(10_000)
  })

  test('has no secrets of Maps', async () => {
    const attributes = await call([new Map([['password', 'hunter2']])], {
      of: new Map<unknown, unknown>([['token', 'abc']]),
    })
    expect(await storedJson(attributes, 'request')).toEqual({ password: REDACTED })
    expect(await storedJson(attributes, 'response')).toEqual({ of: { token: REDACTED } })
  })

  test('has only what is wanted', async () => {
    const { request, response, files } = capturedExchange(
      await call([{ a: 1, file: new File(['x'], 'x') }], 'result', { request: false, response: false, files: false }),
    )
    expect([request, response, files]).toEqual([undefined, undefined, []])
  })

  test('has nothing of the calls that are made inside of it, nor of later ones', async () => {
    const capture = createCallCapture({ client })
    const callAgain = async (label: string): Promise<void> => {
      const again = capture([{ label }, new File([label], 'again.txt')])
      await again?.filesRead
      again?.finish({ label })
    }
    await trace.getTracer('test').startActiveSpan('POST', { kind: SpanKind.SERVER }, async (span) => {
      const outer = capture([{ label: 'outer' }])
      await callAgain('inside')
      outer?.finish(undefined)
      await callAgain('after it')
      span.end()
    })
    const attributes = await tracing.serverAttributes()
    expect(await storedJson(attributes, 'request')).toEqual({ label: 'outer' })
    expect(capturedExchange(attributes)).toMatchObject({ response: undefined, files: [] })
  })

  test('has nothing on the span of an exchange that is captured', async () => {
    const request = new Request('http://a.example/', { method: 'POST', body: '{"label":"exchange"}' })
    await trace.getTracer('test').startActiveSpan('POST', { kind: SpanKind.SERVER }, async (span) => {
      const exchange = createWebCapture({ client })(request)
      createCallCapture({ client })([{ label: 'call' }])?.finish({ label: 'call' })
      await request.text()
      exchange?.answer(new Response())
      span.end()
    })
    const attributes = await tracing.serverAttributes()
    expect(await storedJson(attributes, 'request')).toEqual({ label: 'exchange' })
    expect(capturedExchange(attributes).response).toBeUndefined()
  })

  test('is left alone where no span records', () => {
    expect(createCallCapture({ client })([{ a: 1 }])).toBeUndefined()
  })
})

import { parseArtifactReference, REDACTED } from '@span-artifacts/core'
import {
  capturedExchange,
  consume,
  createStore,
  listen,
  send,
  sha256,
  startTracing,
  type Application,
} from '@span-artifacts/http-testing'
import { describe, expect, test } from 'vitest'
import { createHttpCapture, httpExchangeCapture } from './index.js'

const tracing = startTracing()
const store = createStore()
const { client } = store

const echo: Application = async (request, response) => response.end(await consume(request))

describe('an adapter that knows more than the capture', () => {
  const capture = createHttpCapture({ client })

  test('can take a capture back', async () => {
    await using server = await listen(async (request, response) => {
      capture(request, response)
      const body = await consume(request)
      httpExchangeCapture(request)?.skip()
      response.end(body)
    })
    await send(server.url, { body: 'forget me' })
    expect(Object.keys(await tracing.serverAttributes()).filter((name) => name.includes('body'))).toEqual([])
    expect((await store.blobs()).has(sha256('forget me'))).toBe(false)
  })

  test('can change what is captured, and under which names', async () => {
    await using server = await listen((request, response) => {
      capture(request, response)
      httpExchangeCapture(request)?.override({ request: false, attributeNames: { responseBody: 'my.answer' } })
      echo(request, response)
    })
    await send(server.url, { body: 'renamed' })
    const attributes = await tracing.serverAttributes()
    expect(JSON.parse(String(attributes['my.answer']))).toMatchObject({
      'logfire.artifact': { sha256: sha256('renamed') },
    })
    expect(attributes).not.toHaveProperty('span_artifacts.http.request.body')
  })

  test('can lower the cap, and ask for a preview, when the body has been read already', async () => {
    const body = '{"name":"Ada Lovelace"}'
    for (const [maxBodyBytes, dropped] of [
      [10, 'too_large'],
      [100, undefined],
    ] as const) {
      tracing.reset()
      await using server = await listen(async (request, response) => {
        capture(request, response)
        await consume(request)
        httpExchangeCapture(request)?.override({ maxBodyBytes, previewBytes: 7 })
        response.end()
      })
      await send(server.url, { headers: { 'content-type': 'application/json' }, body })
      const attributes = await tracing.serverAttributes()
      const { request } = capturedExchange(attributes)
      expect(request).toMatchObject({ sha256: sha256(body), size_bytes: body.length })
      expect(request?.dropped).toBe(dropped)
      expect(attributes['http.request.body.content']).toBe(dropped === undefined ? '{"name"' : undefined)
      expect((await store.blobs()).has(sha256(body))).toBe(dropped === undefined)
    }
  })

  test('tells nobody the digest of a secret when it lowers the cap', async () => {
    const body = '{"password":"hunter2"}'
    await using server = await listen(async (request, response) => {
      capture(request, response)
      await consume(request)
      httpExchangeCapture(request)?.override({ maxBodyBytes: 0 })
      response.end()
    })
    await send(server.url, { headers: { 'content-type': 'application/json' }, body })
    const { request } = capturedExchange(await tracing.serverAttributes())
    expect(request?.dropped).toBe('too_large')
    expect(request?.sha256).not.toBe(sha256(body))
  })

  test('tells nobody the digest of a body that is larger than the cap, unless nothing in it is secret by its type', async () => {
    const digests: (string | undefined)[] = []
    for (const type of ['application/json', 'application/json', 'image/png']) {
      tracing.reset()
      await using server = await listen(async (request, response) => {
        createHttpCapture({ client: store.client, maxBodyBytes: 4 })(request, response)
        await consume(request)
        response.end()
      })
      await send(server.url, { headers: { 'content-type': type }, body: '{"otp":"482913"}' })
      const { request } = capturedExchange(await tracing.serverAttributes())
      expect(request).toMatchObject({ size_bytes: 16, dropped: 'too_large' })
      digests.push(request?.sha256)
    }
    const [first, second, image] = digests
    expect(first).toBe(second)
    expect(first).not.toBe(sha256('{"otp":"482913"}'))
    expect(image).toBe(sha256('{"otp":"482913"}'))
  })

  test('can add JSON of its own, which is redacted, capped and named', async () => {
    await using server = await listen((request, response) => {
      capture(request, response)
      const exchange = httpExchangeCapture(request)
      exchange?.addJson('my.result', '{"replaced":true}')
      exchange?.addJson('my.result', '{"user":"ada","password":"hunter2"}')
      response.end()
      exchange?.addJson('my.late', '{}')
    })
    await send(server.url)
    const attributes = await tracing.serverAttributes()
    const reference = parseArtifactReference(attributes['my.result'])
    expect(reference).toMatchObject({ content_type: 'application/json' })
    const stored = Buffer.from((await store.blobs()).get(String(reference?.sha256)) ?? '').toString()
    expect(JSON.parse(stored)).toEqual({ user: 'ada', password: REDACTED })
    expect((await store.blobs()).has(sha256('{"replaced":true}'))).toBe(false)
  })

  test('can add any value of the application, described where JSON has no word for it', async () => {
    const cycle: Record<string, unknown> = { name: 'cycle' }
    cycle['self'] = cycle
    await using server = await listen((request, response) => {
      capture(request, response)
      const exchange = httpExchangeCapture(request)
      exchange?.addValue('my.value', {
        bytes: Buffer.from('abc'),
        map: new Map([['a', 1]]),
        large: 10n ** 20n,
        request,
        stream: new ReadableStream(),
        cycle,
        date: new Date(0),
        boxed: [Object('text'), Object(1), Object(false)],
        password: 'hunter2',
      })
      exchange?.addValue('my.own', [new URL('http://a/'), 1], (value) =>
        value instanceof URL ? 'an address' : undefined,
      )
      exchange?.addValue('my.nothing', () => 'no JSON')
      exchange?.addValue('my.hostile', {
        toJSON(): string {
          throw new Error('hunter2')
        },
      })
      response.end()
    })
    await send(server.url)
    const attributes = await tracing.serverAttributes()
    const blobs = await store.blobs()
    const stored = (name: string): unknown => {
      const bytes = blobs.get(String(parseArtifactReference(attributes[name])?.sha256))
      return bytes && JSON.parse(Buffer.from(bytes).toString())
    }
    expect(stored('my.value')).toEqual({
      bytes: '[3 bytes]',
      map: { a: 1 },
      large: '100000000000000000000',
      request: '[IncomingMessage]',
      stream: '[ReadableStream]',
      cycle: { name: 'cycle', self: '[circular]' },
      date: '1970-01-01T00:00:00.000Z',
      boxed: ['text', 1, false],
      password: REDACTED,
    })
    expect(stored('my.own')).toEqual(['an address', 1])
    expect([attributes['my.nothing'], attributes['my.hostile']]).toEqual([undefined, undefined])
  })

  test('adds nothing to an exchange that was taken back', async () => {
    await using server = await listen((request, response) => {
      capture(request, response)
      httpExchangeCapture(request)?.addJson('my.result', '{"taken":"back"}')
      httpExchangeCapture(request)?.skip()
      response.end()
    })
    await send(server.url)
    expect(await tracing.serverAttributes()).not.toHaveProperty('my.result')
    expect((await store.blobs()).has(sha256('{"taken":"back"}'))).toBe(false)
  })
})

test('a capture is not shown by what shows a request: inspection, spreads, copies', async () => {
  const seen: (string | symbol)[][] = []
  const application: Application = (request, response) => {
    seen.push(Object.getOwnPropertySymbols(Object.assign({}, request, response)))
    response.end()
  }
  const capture = createHttpCapture({ client })
  await using plain = await listen(application)
  await using captured = await listen((request, response) => {
    capture(request, response)
    return application(request, response)
  })
  for (const { url } of [plain, captured]) await send(url)
  expect(seen[1]).toEqual(seen[0])
})

describe('a capture that is installed twice', () => {
  test('captures once', async () => {
    const captures = [createHttpCapture({ client }), createHttpCapture({ client })]
    let listeners = 0
    await using server = await listen((request, response) => {
      for (const capture of captures) {
        capture(request, response)
        listeners ||= response.listenerCount('finish')
      }
      expect(response.listenerCount('finish')).toBe(listeners)
      echo(request, response)
    })
    await send(server.url, { body: 'once' })
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: { sha256: sha256('once'), size_bytes: 4 },
      response: { sha256: sha256('once'), size_bytes: 4 },
    })
  })
})

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { context, SpanKind, trace, type Attributes, type Span } from '@opentelemetry/api'
import { ArtifactClient, memoryDestination, parseArtifactReference, REDACTED } from '@span-artifacts/core'
import {
  capturedExchange,
  createStore,
  listen,
  multipart,
  pseudoRandomBytes,
  sha256,
  startTracing,
} from '@span-artifacts/http-testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createWebCapture, ServerSpanProcessor, type WebCaptureOptions } from './index.js'

const tracing = startTracing({ spanProcessors: [new ServerSpanProcessor()], instrumentHttp: false })
const store = createStore()
const { client } = store
const tracer = trace.getTracer('test')
const json = { 'content-type': 'application/json' }
const text = { 'content-type': 'text/plain' }

type Handler = (request: Request) => Promise<Response> | Response

interface Handled {
  readonly response: Response
  readonly server: Span
}

/** Handles a request as frameworks of web messages do: the SERVER span is open, the handler has a span of its own. */
async function handle(request: Request, handler: Handler, options: WebCaptureOptions = {}): Promise<Handled> {
  const capture = createWebCapture({ client, ...options })
  const server = tracer.startSpan('request', { kind: SpanKind.SERVER })
  const response = await context.with(trace.setSpan(context.active(), server), () =>
    tracer.startActiveSpan('handler', async (span) => {
      const exchange = capture(request)
      const answer = await handler(request)
      exchange?.answer(answer)
      span.end()
      return answer
    }),
  )
  return { response, server }
}

/** The whole exchange, and what the SERVER span has in the end. */
async function exchange(
  request: Request,
  handler: Handler,
  options: WebCaptureOptions = {},
): Promise<{ received: Buffer; response: Response; attributes: Attributes }> {
  const { response, server } = await handle(request, handler, options)
  const received = Buffer.from(await response.arrayBuffer())
  server.end()
  return { received, response, attributes: await tracing.serverAttributes() }
}

const post = (body: string | Uint8Array | ReadableStream, headers: Record<string, string> = json): Request =>
  new Request('http://a.example/', { method: 'POST', headers, body, duplex: 'half' })
const get = (): Request => new Request('http://a.example/')
const chunks = (...texts: string[]): ReadableStream<Uint8Array> =>
  ReadableStream.from(texts.map((part) => new TextEncoder().encode(part)))

const events = (): Response => new Response(chunks('data: 1\n\n'), { headers: { 'content-type': 'text/event-stream' } })

describe('an exchange of web messages', () => {
  test('is recorded on the SERVER span, although the span of the handler has ended by then', async () => {
    const { received, attributes } = await exchange(post('{"a":1}'), async (request) =>
      Response.json({ got: await request.json() }),
    )
    expect(received.toString()).toBe('{"got":{"a":1}}')
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256('{"a":1}'), content_type: 'application/json' },
      response: { sha256: sha256('{"got":{"a":1}}'), content_type: 'application/json' },
    })
    expect((await store.blobs()).has(sha256('{"got":{"a":1}}'))).toBe(true)
  })

  test('leaves the request and the response the objects that they were', async () => {
    const request = post('hello', text)
    const headers = new Headers([
      ['content-type', 'text/plain'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ])
    const answer = new Response(chunks('one ', 'two'), { status: 203, statusText: 'Fine', headers })
    const { body } = answer
    const { response } = await exchange(request, (seen) => {
      expect(seen).toBe(request)
      return answer
    })
    expect(response).toBe(answer)
    expect(response.body).toBe(body)
    expect([response.status, response.statusText, response.headers.getSetCookie()]).toEqual([
      203,
      'Fine',
      ['a=1', 'b=2'],
    ])
  })

  test('without a body on either side has no references', async () => {
    const { attributes } = await exchange(get(), () => new Response(null, { status: 204 }))
    expect(capturedExchange(attributes)).toMatchObject({ request: undefined, response: undefined })
  })

  test('a redirect keeps the request, and has no response', async () => {
    const { attributes } = await exchange(post('{"to":"/"}'), async (request) => {
      await request.json()
      return Response.redirect('http://a.example/elsewhere')
    })
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256('{"to":"/"}') },
      response: undefined,
    })
  })

  test('a body that nobody reads is not read by the capture either', async () => {
    let pulls = 0
    const body = new ReadableStream({ pull: () => void (pulls += 1) }, { highWaterMark: 0 })
    const { attributes } = await exchange(post(body), () => Response.json({ ok: true }))
    expect(capturedExchange(attributes)).toMatchObject({ request: undefined, response: { size_bytes: 11 } })
    expect(pulls).toBe(0)
  })

  test('a body that is read in part is truncated', async () => {
    const { attributes } = await exchange(post(chunks('first', 'second'), text), async (request) => {
      await request.body?.getReader().read()
      return new Response('enough')
    })
    expect(capturedExchange(attributes).request).toMatchObject({ sha256: sha256('first'), truncated: true })
  })

  test.each([
    ['shorter than it was sent', '4', { truncated: true }],
    ['as long as it was sent', '3', {}],
  ])('a body that ends, and is %s, shows it', async (_, length, expected) => {
    const request = post(chunks('abc'), { ...text, 'content-length': length })
    const { attributes } = await exchange(request, async (seen) => new Response(await seen.text()))
    const reference = capturedExchange(attributes).request
    expect(reference).toMatchObject({ sha256: sha256('abc'), ...expected })
    expect('truncated' in (reference ?? {})).toBe('truncated' in expected)
  })

  test('a response that its client gives up is truncated', async () => {
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.from('tick\n')) })
    const { response, server } = await handle(get(), () => new Response(endless, { headers: text }))
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    server.end()
    const reference = capturedExchange(await tracing.serverAttributes()).response
    expect(reference).toMatchObject({ sha256: sha256('tick\n'), truncated: true })
  })

  test('a response that is over after its span is recorded as far as it was seen', async () => {
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.from('tick\n')) })
    const { response, server } = await handle(get(), () => new Response(endless, { headers: text }))
    const reader = response.body?.getReader()
    await reader?.read()
    server.end()
    await reader?.cancel()
    expect(capturedExchange(await tracing.serverAttributes()).response).toMatchObject({
      size_bytes: 5,
      truncated: true,
    })
  })

  test('a response of texts and bytes has both, as Next sends them', async () => {
    const mixed = new ReadableStream({
      start(controller) {
        for (const chunk of ['größe ', Buffer.from('in bytes '), 'and in text']) controller.enqueue(chunk)
        controller.close()
      },
    })
    const { response, server } = await handle(get(), () => new Response(mixed, { headers: text }))
    const received: unknown[] = []
    await response.body?.pipeTo(new WritableStream({ write: (chunk) => void received.push(chunk) }))
    server.end()
    expect(received).toEqual(['größe ', Buffer.from('in bytes '), 'and in text'])
    const reference = capturedExchange(await tracing.serverAttributes()).response
    expect(reference).toMatchObject({ sha256: sha256('größe in bytes and in text') })
  })

  describe('that is handed on from elsewhere', () => {
    const body = JSON.stringify({ token: 'abc', items: Array.from({ length: 100 }, (_, id) => ({ id })) })
    const codings: [string, (bytes: string) => Uint8Array][] = [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ]

    test.each(codings)('by fetch(), which has undone %s, is in no encoding', async (coding, encode) => {
      await using server = await listen((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding }).end(encode(body))
      })
      const handed = await exchange(get(), () => fetch(server.url))
      expect(handed.received.toString()).toBe(body)
      await expectRedacted(handed.attributes)
      tracing.reset()
      const remade = await exchange(get(), async () => {
        const { body: stream, headers } = await fetch(server.url)
        return new Response(stream, { headers })
      })
      await expectRedacted(remade.attributes)
    })

    test.each(codings)('and is in %s stays so', async (coding, encode) => {
      const headers = { 'content-type': 'image/svg+xml', 'content-encoding': coding }
      const bytes = encode('<svg/>')
      const { attributes } = await exchange(get(), () => new Response(bytes, { headers }), { redact: false })
      const reference = capturedExchange(attributes).response
      expect(reference).toMatchObject({ sha256: sha256(bytes), content_encoding: coding })
    })

    test.each<[string, string, Uint8Array]>([
      ['br that unfolds far', 'br', brotliCompressSync('0'.repeat(20 * 1024 * 1024))],
      ['zstd with a frame to be skipped', 'zstd', Buffer.from('5f2a4d18010000000028b52ffd0400010000', 'hex')],
    ])('and is in %s stays so', async (_, coding, bytes) => {
      const headers = { 'content-type': 'text/plain', 'content-encoding': coding }
      const { attributes } = await exchange(get(), () => new Response(bytes, { headers }), { redact: false })
      expect(capturedExchange(attributes).response).toMatchObject({ sha256: sha256(bytes), content_encoding: coding })
    })

    test('by fetch(), which undoes nothing where it does not know all, is in what it was in', async () => {
      const bytes = gzipSync(body)
      const headers = { 'content-type': 'application/json', 'content-encoding': 'unknown, gzip' }
      await using server = await listen((_, response) => response.writeHead(200, headers).end(bytes))
      const { received, attributes } = await exchange(get(), () => fetch(server.url))
      expect(received).toEqual(bytes)
      expect(capturedExchange(attributes).response).toMatchObject({
        content_encoding: 'unknown, gzip',
        dropped: 'redaction_failed',
      })
    })

    async function expectRedacted(attributes: Attributes): Promise<void> {
      const reference = capturedExchange(attributes).response
      expect(reference).not.toHaveProperty('dropped')
      expect(reference).not.toHaveProperty('content_encoding')
      const stored = (await store.blobs()).get(reference?.sha256 ?? '')
      expect(Buffer.from(stored ?? []).toString()).toBe(body.replace('abc', REDACTED))
    }
  })

  test('a response to HEAD has no body', async () => {
    const request = new Request('http://a.example/', { method: 'HEAD' })
    const { attributes } = await exchange(request, () => new Response('not sent'))
    expect(capturedExchange(attributes).response).toBeUndefined()
  })

  test('secrets are removed, and texts shown where that is asked for', async () => {
    const { attributes } = await exchange(
      post('{"user":"ada","password":"hunter2"}'),
      async (request) => Response.json({ token: 'abc', got: await request.json() }),
      { previewBytes: 100 },
    )
    expect(attributes['http.request.body.content']).toBe(`{"user":"ada","password":"${REDACTED}"}`)
    expect(attributes['http.response.body.content']).not.toMatch(/hunter2|abc/)
  })

  test('a stream of events is not kept, unless it is asked for', async () => {
    expect(capturedExchange((await exchange(get(), events)).attributes).response).toBeUndefined()
    tracing.reset()
    const { attributes } = await exchange(get(), events, { contentTypes: ['text/event-stream'] })
    expect(capturedExchange(attributes).response).toMatchObject({ sha256: sha256('data: 1\n\n') })
  })

  test('a body beyond the cap has digest and size, and is not stored', async () => {
    const { attributes } = await exchange(
      post('0123456789', text),
      async (request) => new Response(await request.text()),
      {
        maxBodyBytes: 9,
      },
    )
    const dropped = { sha256: sha256('0123456789'), size_bytes: 10, dropped: 'too_large' }
    expect(capturedExchange(attributes)).toMatchObject({ request: dropped, response: dropped })
  })

  test('a large body passes through a file, not through memory', async () => {
    const large = pseudoRandomBytes(3_000_000, 5)
    const { attributes } = await exchange(post(large, { 'content-type': 'image/png' }), async (request) => {
      return new Response(request.body, { headers: { 'content-type': 'image/png' } })
    })
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256(large), size_bytes: large.length },
      response: { sha256: sha256(large), size_bytes: large.length },
    })
  })

  test('a response is called what its Content-Disposition calls it', async () => {
    const headers = { ...text, 'content-disposition': 'attachment; filename="notes.txt"' }
    const { attributes } = await exchange(get(), () => new Response('note', { headers }))
    expect(capturedExchange(attributes).response).toMatchObject({ filename: 'notes.txt' })
  })
})

describe('a form of web messages', () => {
  const form = multipart([
    { name: 'subject', content: 'Lamp' },
    { name: 'password', content: 'hunter2' },
    { name: 'photo', filename: 'größe ✓ 日本.png', contentType: 'image/png', content: pseudoRandomBytes(100_000, 2) },
    { name: 'photo', filename: 'two.png', contentType: 'image/png', content: 'tiny' },
  ])
  const formPost = (): Request => post(new Uint8Array(form.body), form.headers)

  test.each([
    ['formData()', async (request: Request) => String([...(await request.formData()).keys()])],
    ['arrayBuffer()', async (request: Request) => String((await request.arrayBuffer()).byteLength)],
  ])('that is read by %s has its files one by one, and its fields as JSON', async (_, read) => {
    const { attributes } = await exchange(formPost(), async (request) => new Response(await read(request)))
    const { request, files } = capturedExchange(attributes)
    expect(files).toMatchObject([
      {
        sha256: sha256(pseudoRandomBytes(100_000, 2)),
        filename: 'größe ✓ 日本.png',
        field: 'photo',
        content_type: 'image/png',
      },
      { sha256: sha256('tiny'), filename: 'two.png', field: 'photo' },
    ])
    expect(request).toMatchObject({ sha256: sha256(`{"subject":"Lamp","password":"${REDACTED}"}`) })
  })

  test('that stops in the middle shows it', async () => {
    const half = post(new Uint8Array(form.body.subarray(0, 50_000)), form.headers)
    const { attributes } = await exchange(half, async (request) => new Response(String((await request.bytes()).length)))
    const { request, files } = capturedExchange(attributes)
    expect([request?.truncated, files?.[0]?.truncated]).toEqual([true, true])
  })

  test('is one body where files are not wanted', async () => {
    const { attributes } = await exchange(
      formPost(),
      async (request) => new Response(String((await request.bytes()).length)),
      {
        files: false,
        redact: false,
      },
    )
    expect(capturedExchange(attributes)).toMatchObject({ request: { sha256: sha256(form.body) }, files: [] })
  })
})

const readIt: Handler = async (request) => new Response(String((await request.bytes()).length))

describe('a body that says it is multipart', () => {
  test('and is no form is one body', async () => {
    const related = '--b\r\nContent-Type: application/json\r\n\r\n{"title":"x"}\r\n--b\r\n\r\n\xff\xfe\r\n--b--\r\n'
    const body = Buffer.from(related, 'latin1')
    const request = post(body, { 'content-type': 'multipart/related; boundary=b' })
    const { attributes } = await exchange(request, readIt, { contentTypes: ['multipart/*'] })
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256(body), content_type: 'multipart/related; boundary=b' },
    })
  })

  test('and never begins as a form is one body, as it was sent', async () => {
    const attributes = await exchange(post('{"json":true}', form.headers), readIt, { redact: false })
    const { request } = capturedExchange(attributes.attributes)
    expect(request).toMatchObject({ sha256: sha256('{"json":true}') })
    expect(request).not.toHaveProperty('truncated')
  })

  test('and never begins as a form is not lost silently where it would have to be redacted', async () => {
    const { attributes } = await exchange(post('{"json":true}', form.headers), readIt)
    expect(capturedExchange(attributes).request).toMatchObject({ dropped: 'redaction_failed' })
  })

  test('and is a form that lacks parts says so, though it has nothing but files', async () => {
    const { attributes } = await exchange(post(`x${formOfTwo}`, form.headers), readIt)
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256('{}'), truncated: true },
      files: [{ sha256: sha256('text') }],
    })
  })

  test('and is a form without parts has nothing to show', async () => {
    const { attributes } = await exchange(post('--b--\r\n', form.headers), readIt)
    expect(capturedExchange(attributes).request).toBeUndefined()
  })

  test('has fields that take room in memory while they pass', async () => {
    const small = new ArtifactClient({ destination: memoryDestination(), maxQueueBytes: 200_000 })
    onTestFinished(() => small.shutdown())
    const half = `--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n${'x'.repeat(150_000)}`
    const other = JSON.stringify({ text: 'y'.repeat(100_000) })
    const dropReasonOfOther = async (): Promise<string | undefined> => {
      const { response, server } = await handle(post(other), readIt, { client: small })
      await response.arrayBuffer()
      server.end()
      return capturedExchange(Reflect.get(server, 'attributes')).request?.dropped
    }
    const { server } = await handle(
      post(chunks(half), form.headers),
      async (request) => {
        await request.body?.getReader().read()
        expect(await dropReasonOfOther()).toBe('queue_full')
        return new Response(null)
      },
      { client: small },
    )
    server.end()
    expect(await dropReasonOfOther()).toBeUndefined()
  })

  const form = { headers: { 'content-type': 'multipart/form-data; boundary=b' } }
  const [field, file] = ['name="a"', 'name="f"; filename="f.txt"'].map(
    (names) => `--b\r\nContent-Disposition: form-data; ${names}\r\n\r\ntext\r\n`,
  )
  const formOfTwo = `${field}${file}--b--\r\n`
})

describe('the capture of web messages', () => {
  test('asks whether to ignore a request before it touches it', async () => {
    const request = post('{}')
    const seen = vi.fn<(asked: Request) => boolean>(() => true)
    const { attributes } = await exchange(request, async (asked) => new Response(await asked.text()), { ignore: seen })
    expect(seen).toHaveBeenCalledWith(request)
    expect(capturedExchange(attributes)).toMatchObject({ request: undefined, response: undefined })
    expect(Object.getOwnPropertyNames(request.body)).toEqual([])
  })

  test('asks in the end whether to keep what it has', async () => {
    const keepErrors = { shouldCapture: (_: Request, response: Response) => response.status >= 400 }
    const { attributes } = await exchange(
      post('{"a":1}'),
      async (request) => Response.json(await request.json()),
      keepErrors,
    )
    expect(capturedExchange(attributes)).toMatchObject({ request: undefined, response: undefined })
    tracing.reset()
    const failed = await exchange(
      post('{"a":1}'),
      async (request) => Response.json(await request.json(), { status: 500 }),
      keepErrors,
    )
    expect(capturedExchange(failed.attributes).response).toMatchObject({ size_bytes: 7 })
  })

  test('touches nothing where no span records', async () => {
    const request = post('{}')
    expect(createWebCapture({ client })(request)).toBeUndefined()
    expect(Object.getOwnPropertyNames(request.body)).toEqual([])
  })

  test('has the response of a static route of Next, whose request fails where it is asked for more than its headers', async () => {
    const request = new Proxy(get(), {
      get(target, name, receiver): unknown {
        if (name === 'method' || name === 'body') throw new TypeError('Cannot read private member #state')
        return Reflect.get(target, name, receiver)
      },
    })
    const { attributes } = await exchange(request, () => Response.json({ a: 1 }))
    expect(capturedExchange(attributes)).toMatchObject({ request: undefined, response: { sha256: sha256('{"a":1}') } })
  })

  test('has the one body where the other cannot be watched', async () => {
    const sealed = post('{"a":1}')
    Object.freeze(sealed.body)
    const { received, attributes } = await exchange(sealed, async (request) => Response.json(await request.json()))
    expect(received.toString()).toBe('{"a":1}')
    expect(capturedExchange(attributes)).toMatchObject({ request: undefined, response: { sha256: sha256('{"a":1}') } })
    tracing.reset()
    const other = await exchange(post('{"a":1}'), async (request) => {
      const answer = Response.json(await request.json())
      Object.freeze(answer.body)
      return answer
    })
    expect(other.received.toString()).toBe('{"a":1}')
    expect(capturedExchange(other.attributes)).toMatchObject({
      request: { sha256: sha256('{"a":1}') },
      response: undefined,
    })
  })

  test('leaves a response whose body cannot be asked for to whoever gets it', async () => {
    const { server } = await handle(post('{"a":1}'), async (request) =>
      Object.defineProperty(new Response(await request.text()), 'body', {
        get: () => {
          throw new Error('not ours')
        },
      }),
    )
    server.end()
    expect(capturedExchange(await tracing.serverAttributes()).request).toMatchObject({ sha256: sha256('{"a":1}') })
  })

  test('leaves a response whose address cannot be asked for to whoever gets it', async () => {
    const { received } = await exchange(get(), () =>
      Object.defineProperty(new Response('fine', { headers: { 'content-encoding': 'gzip' } }), 'url', {
        get: () => {
          throw new Error('not ours')
        },
      }),
    )
    expect(received.toString()).toBe('fine')
  })

  test('keeps what the application breaks in its own callbacks away from the application', async () => {
    const { received } = await exchange(post('{}'), async (request) => new Response(await request.text()), {
      shouldCapture: () => {
        throw new Error('not ours')
      },
    })
    expect(received.toString()).toBe('{}')
  })

  test('refuses an option that it does not know', () => {
    expect(() => Reflect.apply(createWebCapture, undefined, [{ maxBody: 1 }])).toThrow(/Unknown option "maxBody"/)
  })

  test('without a known SERVER span records the request on the span that is active, and the response on its own', async () => {
    const capture = createWebCapture({ client })
    const request = post('{"a":1}')
    const response = await tracer.startActiveSpan('handler', async (span) => {
      const running = capture(request)
      const answer = Response.json(await request.json())
      running?.answer(answer)
      span.end()
      return answer
    })
    await response.text()
    await tracing.settled()
    const [handler, body] = tracing.allSpans()
    expect(body).toMatchObject({ name: 'response body', parentSpanContext: handler?.spanContext() })
    expect(parseArtifactReference(handler?.attributes['span_artifacts.http.request.body'])?.sha256).toBe(
      sha256('{"a":1}'),
    )
    expect(parseArtifactReference(body?.attributes['span_artifacts.http.response.body'])?.sha256).toBe(
      sha256('{"a":1}'),
    )
  })
})

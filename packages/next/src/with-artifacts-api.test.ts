import type { IncomingMessage, ServerResponse } from 'node:http'
import { SpanKind, trace } from '@opentelemetry/api'
import { ArtifactClient, memoryDestination, REDACTED } from '@span-artifacts/core'
import { captureAllRequests, ServerSpanProcessor, type HttpCaptureOptions } from '@span-artifacts/http'
import {
  capturedExchange,
  createStore,
  listen,
  multipart,
  send,
  sha256,
  startTracing,
  type ListeningServer,
} from '@span-artifacts/http-testing'
import type { NextApiHandler } from 'next'
import { describe, expect, test } from 'vitest'
import { withArtifactsApi } from './index.js'

const tracing = startTracing({ spanProcessors: [new ServerSpanProcessor()], instrumentHttp: false })
const client = new ArtifactClient({ destination: memoryDestination() })
const store = createStore()
const json = { 'content-type': 'application/json' }

/** Serves a handler as Next does: in a SERVER span, on the request of Node, whose body it may have parsed before. */
function serve(handler: NextApiHandler, { bodyParser = true } = {}): Promise<ListeningServer> {
  return listen((request: IncomingMessage, response: ServerResponse) =>
    trace.getTracer('next.js').startActiveSpan('POST', { kind: SpanKind.SERVER }, async (span) => {
      if (bodyParser) {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk)
        const text = Buffer.concat(chunks).toString()
        Object.defineProperty(request, 'body', { value: text.startsWith('{') ? JSON.parse(text) : text })
      }
      await Reflect.apply(handler, undefined, [request, response])
      span.end()
    }),
  )
}

const readBody: NextApiHandler = async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  response.setHeader('content-type', 'text/plain')
  response.end(Buffer.concat(chunks))
}

const answer: NextApiHandler = (_request, response) => {
  response.setHeader('content-type', 'text/plain')
  response.end('fine')
}

describe('a wrapped route of the Pages API', () => {
  test('has what the body parser of Next made of the body, without its secrets', async () => {
    const handler = withArtifactsApi(
      (request, response) => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ user: request.body.user }))
      },
      { client },
    )
    await using server = await serve(handler)
    const answer = await send(server.url, { headers: json, body: '{"user":"ada",  "password":"hunter2"}' })
    expect(answer.body.toString()).toBe('{"user":"ada"}')
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: { sha256: sha256(`{"user":"ada","password":"${REDACTED}"}`) },
      response: { sha256: sha256('{"user":"ada"}') },
    })
  })

  test('has nothing of a form that the body parser of Next made a text of, secrets and all', async () => {
    const { headers, body } = multipart([
      { name: 'password', content: 'hunter2' },
      { name: 'photo', filename: 'photo.png', contentType: 'image/png', content: 'png' },
    ])
    await using server = await serve(withArtifactsApi(answer, { client: store.client }))
    await send(server.url, { headers, body })
    const { request } = capturedExchange(await tracing.serverAttributes())
    const stored = (await store.blobs()).get(request?.sha256 ?? '')
    expect(Buffer.from(stored ?? []).toString()).toBe(`"[form, ${body.length} characters]"`)
  })

  test('without body parser has the body as it was sent', async () => {
    await using server = await serve(withArtifactsApi(readBody, { client }), { bodyParser: false })
    await send(server.url, { headers: json, body: '{"user":  "ada"}' })
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: { sha256: sha256('{"user":  "ada"}') },
      response: { sha256: sha256('{"user":  "ada"}') },
    })
  })

  test('leaves what was seen on the wire as it is: it is exact', async () => {
    const stop = captureAllRequests({ client })
    await using server = await serve(withArtifactsApi((_, response) => void response.end('fine')))
    await send(server.url, { headers: json, body: '{"user":  "ada"}' })
    stop()
    expect(capturedExchange(await tracing.serverAttributes()).request).toMatchObject({
      sha256: sha256('{"user":  "ada"}'),
    })
  })

  test.each([
    ['ignores it', { ignore: () => true }, {}],
    ['wants no request', { request: false }, { response: { sha256: sha256('fine') } }],
    ['wants neither in the end', { shouldCapture: () => false }, {}],
    ['wants no JSON', { contentTypes: ['text/*'] }, { response: { sha256: sha256('fine') } }],
    [
      'knows more secrets',
      { redact: { keys: ['iban'] } },
      { request: { sha256: sha256(`{"iban":"${REDACTED}"}`) }, response: { sha256: sha256('fine') } },
    ],
  ])('has its way with what was seen on the wire: it %s', async (_, options, expected) => {
    const stop = captureAllRequests({ client })
    await using server = await serve(withArtifactsApi(answer, { client, ...options }))
    await send(server.url, { headers: json, body: '{"iban":"DE89"}' })
    stop()
    const { request, response } = capturedExchange(await tracing.serverAttributes())
    expect({ request, response }).toMatchObject({ request: undefined, response: undefined, ...expected })
  })

  test.each([true, false])('asks options that are an instance of a class (body parser: %s)', async (bodyParser) => {
    class OwnOptions implements HttpCaptureOptions {
      readonly #ignored = '/ignored'
      readonly client = client
      ignore({ url }: { url?: string | undefined }): boolean {
        return url === this.#ignored
      }
    }
    await using server = await serve(withArtifactsApi(answer, new OwnOptions()), { bodyParser })
    await send(`${server.url}/ignored`, { headers: json, body: '{"a":1}' })
    const { request, response } = capturedExchange(await tracing.serverAttributes())
    expect([request, response]).toEqual([undefined, undefined])
    tracing.reset()
    await send(`${server.url}/other`, { headers: json, body: '{"a":1}' })
    expect(capturedExchange(await tracing.serverAttributes()).response).toMatchObject({ sha256: sha256('fine') })
  })

  test('survives a parsed body that cannot be shown', async () => {
    const handler = withArtifactsApi((_, response) => void response.end('fine'), { client })
    const failing: NextApiHandler = (request, response) => {
      Object.defineProperty(request, 'body', {
        get: () => {
          throw new Error('not ours')
        },
      })
      return handler(request, response)
    }
    await using server = await listen((request, response) =>
      trace.getTracer('next.js').startActiveSpan('POST', { kind: SpanKind.SERVER }, async (span) => {
        for await (const _ of request) continue
        await Reflect.apply(failing, undefined, [request, response])
        span.end()
      }),
    )
    expect((await send(server.url, { headers: json, body: '{}' })).body.toString()).toBe('fine')
    expect(capturedExchange(await tracing.serverAttributes()).request).toBeUndefined()
  })

  test('has no request where that is not wanted', async () => {
    const handler = withArtifactsApi((_, response) => void response.end('fine'), { client, request: false })
    await using server = await serve(handler)
    await send(server.url, { headers: json, body: '{"a":1}' })
    const { request, response } = capturedExchange(await tracing.serverAttributes())
    expect([request, response?.sha256]).toEqual([undefined, sha256('fine')])
  })
})

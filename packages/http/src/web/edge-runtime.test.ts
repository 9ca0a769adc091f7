import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { context, SpanKind, trace, type Attributes } from '@opentelemetry/api'
import { capturedExchange, createStore, sha256, startTracing } from '@span-artifacts/http-testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createWebCapture, ServerSpanProcessor } from './index.js'

// What an edge runtime has not: decompression, and some of what is new in JavaScript.
vi.mock('#decompress', () => import('../decompress/web.js'))

const tracing = startTracing({ spanProcessors: [new ServerSpanProcessor()], instrumentHttp: false })
const { client } = createStore()

async function exchange(request: Request, answer: () => Promise<Response>): Promise<Attributes> {
  const server = trace.getTracer('test').startSpan('POST', { kind: SpanKind.SERVER })
  const response = await context.with(trace.setSpan(context.active(), server), async () => {
    const running = createWebCapture({ client })(request)
    const made = await answer()
    running?.answer(made)
    return made
  })
  await response.arrayBuffer()
  server.end()
  return tracing.serverAttributes()
}

const post = (body: string | Uint8Array, headers: Record<string, string>): Request =>
  new Request('http://a.example/', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })

test('a compressed body that may hold secrets is not stored, for nobody can look into it', async () => {
  const request = post(gzipSync('{"password":"hunter2"}'), { 'content-encoding': 'gzip' })
  const attributes = await exchange(request, async () => new Response(await request.arrayBuffer()))
  expect(capturedExchange(attributes).request).toMatchObject({ dropped: 'redaction_failed', content_encoding: 'gzip' })
})

test('a response that says it is compressed is believed where nobody can tell', async () => {
  const headers = { 'content-type': 'text/plain', 'content-encoding': 'br' }
  const request = post('{}', {})
  const attributes = await exchange(request, async () => new Response('{"password":"hunter2"}', { headers }))
  expect(capturedExchange(attributes).response).toMatchObject({ dropped: 'redaction_failed', content_encoding: 'br' })
})

test('nothing needs Promise.withResolvers', async () => {
  const withResolvers: unknown = Reflect.get(Promise, 'withResolvers')
  Reflect.deleteProperty(Promise, 'withResolvers')
  onTestFinished(() => void Object.assign(Promise, { withResolvers }))
  const request = post('{"a":1}', {})
  const attributes = await exchange(request, async () => Response.json(await request.json()))
  expect(capturedExchange(attributes)).toMatchObject({
    request: { sha256: sha256('{"a":1}') },
    response: { sha256: sha256('{"a":1}') },
  })
})

test('a stream whose promises belong to another realm is seen', async () => {
  const ForeignPromise: PromiseConstructor = runInNewContext('Promise')
  const request = post('{"a":1}', {})
  const { body } = request
  const getReader = body?.getReader.bind(body)
  Object.defineProperty(body, 'getReader', {
    configurable: true,
    value: () => {
      const reader = getReader?.()
      const read = reader?.read.bind(reader)
      return Object.defineProperty(reader, 'read', {
        configurable: true,
        value: () => new ForeignPromise((resolve) => resolve(read?.())),
      })
    },
  })
  const attributes = await exchange(request, async () => Response.json(await request.json()))
  expect(capturedExchange(attributes).request).toMatchObject({ sha256: sha256('{"a":1}') })
})

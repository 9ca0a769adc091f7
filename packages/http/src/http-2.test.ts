import { connect, createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { SpanKind, trace } from '@opentelemetry/api'
import {
  capturedExchange,
  consume,
  createStore,
  listen,
  pseudoRandomBytes,
  sha256,
  startTracing,
} from '@span-artifacts/http-testing'
import { beforeEach, expect, test } from 'vitest'
import { captureHttpExchange } from './index.js'

const tracing = startTracing()
const { client } = createStore()

beforeEach(async () => {
  await tracing.settled()
  tracing.reset()
})

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => unknown

/** OpenTelemetry's HTTP instrumentation knows nothing of HTTP/2: the application makes the span. */
async function exchange(handler: Handler, headers: Record<string, string>, body?: Uint8Array): Promise<Buffer> {
  const server = createServer((request, response) => {
    const span = trace.getTracer('test').startSpan('h2', { kind: SpanKind.SERVER })
    response.once('close', () => span.end())
    captureHttpExchange(request, response, { client, span })
    handler(request, response)
  })
  await using listening = await listen(server)
  const session = connect(listening.url)
  const stream = session.request({ ':path': '/', ...headers }, { endStream: body === undefined })
  stream.on('error', () => {})
  if (body !== undefined) stream.end(body)
  const received = await consume(stream)
  session.close()
  return received
}

test('over HTTP/2 both bodies are captured, and end(chunk) counts once', async () => {
  const body = pseudoRandomBytes(300_000)
  const received = await exchange(
    async (request, response) => {
      const seen = await consume(request)
      response.write('seen: ')
      response.end(sha256(seen))
    },
    { ':method': 'POST', 'content-type': 'application/octet-stream' },
    body,
  )
  expect(received.toString()).toBe(`seen: ${sha256(body)}`)
  const { request, response } = capturedExchange(await tracing.serverAttributes())
  expect(request).toMatchObject({ sha256: sha256(body), size_bytes: body.length })
  expect(request).not.toHaveProperty('truncated')
  expect(response).toMatchObject({ sha256: sha256(received), size_bytes: received.length })
  expect(response).not.toHaveProperty('truncated')
})

test('over HTTP/2 nothing of a body that is not read is delivered, so nothing is recorded', async () => {
  await exchange(
    (_, response) => setTimeout(() => response.end('not interested'), 20),
    { ':method': 'POST', 'content-type': 'application/octet-stream' },
    pseudoRandomBytes(300_000),
  )
  expect(capturedExchange(await tracing.serverAttributes()).request).toBeUndefined()
})

test('over HTTP/2 a request without a body and a response to HEAD have no references', async () => {
  await exchange((_, response) => response.end('not sent'), { ':method': 'HEAD' })
  const { request, response } = capturedExchange(await tracing.serverAttributes())
  expect([request, response]).toEqual([undefined, undefined])
})

test('over HTTP/2 an abort leaves what was seen', async () => {
  await exchange(
    (_, response) => {
      response.on('error', () => {})
      response.write('the beginning', () => response.stream.close())
    },
    { ':method': 'GET' },
  )
  expect(capturedExchange(await tracing.serverAttributes()).response).toMatchObject({
    sha256: sha256('the beginning'),
    truncated: true,
  })
})

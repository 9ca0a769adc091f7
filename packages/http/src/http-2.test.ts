import { connect, constants, createServer, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
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
import { describe, expect, test } from 'vitest'
import { captureHttpExchange } from './index.js'

const tracing = startTracing()
const { client } = createStore()

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => unknown

const post = { ':method': 'POST', ':path': '/', 'content-type': 'application/octet-stream' }
const declared = { 'content-length': '300000' }

/** OpenTelemetry's HTTP instrumentation knows nothing of HTTP/2: the application makes the span. */
function serve(handler: Handler): ReturnType<typeof listen> {
  const server = createServer((request, response) => {
    const span = trace.getTracer('test').startSpan('h2', { kind: SpanKind.SERVER })
    response.once('close', () => span.end())
    captureHttpExchange(request, response, { client, span })
    handler(request, response)
  })
  return listen(server)
}

async function exchange(handler: Handler, headers: Record<string, string>, body?: Uint8Array): Promise<Buffer> {
  await using listening = await serve(handler)
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

test('over HTTP/2 headers that are set while the head is written count', async () => {
  const received = await exchange((_, response) => {
    const writeHead = response.writeHead.bind(response)
    response.writeHead = (status: number) => {
      response.setHeader('content-type', 'application/x-www-form-urlencoded')
      return writeHead(status)
    }
    response.end('user=ada&password=late-form')
  }, {})
  expect(received.toString()).toBe('user=ada&password=late-form')
  const { response } = capturedExchange(await tracing.serverAttributes())
  expect(response).toMatchObject({
    content_type: 'application/x-www-form-urlencoded',
    sha256: sha256('user=ada&password=%5Bredacted%5D'),
  })
})

test('over HTTP/2 nothing of a body that is not read is delivered, so nothing is recorded', async () => {
  await exchange(
    (_, response) => setTimeout(() => response.end('not interested'), 20),
    { ':method': 'POST', 'content-type': 'application/octet-stream' },
    pseudoRandomBytes(300_000),
  )
  expect(capturedExchange(await tracing.serverAttributes()).request).toBeUndefined()
})

describe('over HTTP/2 an upload is recorded as cut, though Node ends it as if it were whole,', () => {
  const sent = pseudoRandomBytes(1000)

  test.each<[string, Record<string, string>, (stream: ClientHttp2Stream, session: ClientHttp2Session) => void]>([
    ['when it is reset', {}, (stream) => stream.close(constants.NGHTTP2_CANCEL)],
    ['when it declares its length and is reset', declared, (stream) => stream.close(constants.NGHTTP2_CANCEL)],
    ['when its connection is lost', declared, (_, session) => session.socket.destroy()],
    ['when its connection is lost and no length is declared', {}, (_, session) => session.socket.destroy()],
  ])('%s', async (_, headers, abort) => {
    const received = Promise.withResolvers<void>()
    await using listening = await serve((request) => {
      request.on('error', () => {}).on('data', () => received.resolve())
    })
    const session = connect(listening.url).on('error', () => {})
    const stream = session.request({ ...post, ...headers })
    stream.on('error', () => {}).write(sent)
    await received.promise
    abort(stream, session)
    const { request } = capturedExchange(await tracing.serverAttributes())
    expect(request).toMatchObject({ sha256: sha256(sent), truncated: true })
    session.destroy()
  })
})

test('over HTTP/2 an upload that was whole stays whole when its client no longer waits for the answer', async () => {
  const read = Promise.withResolvers<void>()
  await using listening = await serve(async (request) => {
    await consume(request)
    read.resolve()
  })
  const session = connect(listening.url)
  const body = 'the whole upload'
  const stream = session.request({ ...post, 'content-length': body.length }).on('error', () => {})
  stream.end(body)
  await read.promise
  stream.close(constants.NGHTTP2_CANCEL)
  const { request } = capturedExchange(await tracing.serverAttributes())
  expect(request?.sha256).toBe(sha256(body))
  expect(request).not.toHaveProperty('truncated')
  session.destroy()
})

test('over HTTP/2 a request without a body and a response to HEAD have no references', async () => {
  await exchange((_, response) => response.end('not sent'), { ':method': 'HEAD' })
  const { request, response } = capturedExchange(await tracing.serverAttributes())
  expect([request, response]).toEqual([undefined, undefined])
})

test('over HTTP/2 views of every kind are captured as the bytes that they show', async () => {
  const { buffer } = new Uint8Array(Buffer.from('__bytes in a view__'))
  const received = await exchange(
    (_, response) => {
      for (const view of [new DataView(buffer, 2, 5), new Uint16Array(buffer, 8, 2), new Uint8Array(buffer, 12, 5)]) {
        const write: unknown = Reflect.get(response, 'write')
        if (typeof write === 'function') Reflect.apply(write, response, [view])
      }
      response.end()
    },
    { ':method': 'GET' },
  )
  expect(received.toString()).toBe('bytesin a view')
  const { response } = capturedExchange(await tracing.serverAttributes())
  expect(response?.sha256).toBe(sha256(received))
  expect(response).not.toHaveProperty('truncated')
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

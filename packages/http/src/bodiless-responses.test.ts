import { connect, createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { SpanKind, trace } from '@opentelemetry/api'
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
import { captureHttpExchange, createHttpCapture } from './index.js'

const tracing = startTracing()
const { client } = createStore()
const capture = createHttpCapture({ client })

describe('what is sent counts, and not what the request and the response say later:', () => {
  test.each<[string, string, Application]>([
    [
      'a HEAD request that becomes a GET',
      'HEAD',
      (request, response) => {
        request.method = 'GET'
        response.end('not sent')
      },
    ],
    [
      'a request that becomes a HEAD',
      'POST',
      (request, response) => {
        request.method = 'HEAD'
        response.end('sent')
      },
    ],
    [
      'a response that becomes a 204 when its head has left',
      'GET',
      (_, response) => {
        response.flushHeaders()
        response.statusCode = 204
        response.end('sent')
      },
    ],
    [
      'a 204 response that becomes a 200 when its head has left',
      'GET',
      (_, response) => {
        response.statusCode = 204
        response.flushHeaders()
        response.statusCode = 200
        response.end('not sent')
      },
    ],
    [
      'a response that becomes a 304 while its head is made',
      'GET',
      (_, response) => {
        const writeHead = response.writeHead.bind(response)
        response.writeHead = () => writeHead(304)
        response.end('not sent')
      },
    ],
    [
      'a response without its request',
      'GET',
      (_, response) => {
        Object.assign(response, { req: null })
        response.write('se')
        response.end('nt')
      },
    ],
  ])('%s', async (_, method, application) => {
    await using server = await listen((request, response) => {
      capture(request, response)
      return application(request, response)
    })
    const received = await send(server.url, { method })
    const { response } = capturedExchange(await tracing.serverAttributes())
    expect(response?.sha256).toBe(received.body.length === 0 ? undefined : sha256(received.body))
  })
})

describe('over HTTP/2 too:', () => {
  test.each<[string, string, (request: Http2ServerRequest, response: Http2ServerResponse) => unknown]>([
    ['a HEAD request', 'HEAD', (_, response) => response.end('not sent')],
    ['a 205 response', 'GET', (_, response) => response.writeHead(205).end('not sent')],
    [
      'a response that becomes a 204 when its head has left',
      'GET',
      (_, response) => {
        response.writeHead(200)
        response.statusCode = 204
        response.end('sent')
      },
    ],
  ])('%s', async (_, method, application) => {
    const server = await listen(
      createServer((request, response) => {
        const span = trace.getTracer('test').startSpan('h2', { kind: SpanKind.SERVER })
        response.once('close', () => span.end())
        captureHttpExchange(request, response, { client, span })
        application(request, response)
      }),
    )
    const session = connect(server.url)
    const received = await consume(session.request({ ':path': '/', ':method': method }))
    session.close()
    const { response } = capturedExchange(await tracing.serverAttributes())
    expect(response?.sha256).toBe(received.length === 0 ? undefined : sha256(received))
    await server.close()
  })
})

import { connect, createServer } from 'node:http2'
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
const store = createStore()
const { client } = store
const capture = createHttpCapture({ client })

/** What an error handler does when something has thrown. */
const answerErrors =
  (application: Application): Application =>
  (request, response) => {
    try {
      return application(request, response)
    } catch {
      response.statusCode = 500
      response.setHeader('content-type', 'text/html')
      return response.end('<h1>the error page</h1>')
    }
  }

const attempts: [string, Application][] = [
  [
    'when the first answer has a status that is none',
    (_, response) => {
      Object.assign(response, { statusCode: 'ECONNREFUSED' })
      response.setHeader('content-type', 'application/json')
      response.end('{"first":"body"}')
    },
  ],
  [
    'when the first chunk of it has',
    (_, response) => {
      Object.assign(response, { statusCode: 9999 })
      response.write(Buffer.from('the first chunk'))
    },
  ],
  [
    'when the first chunk is of a type that is never recorded, and is none',
    (_, response) => {
      response.setHeader('content-type', 'text/event-stream')
      call(response, 'write', { not: 'bytes' })
    },
  ],
]

describe('an error page is captured as what was sent', () => {
  test.each(attempts)('%s', async (_, application) => {
    await using server = await listen((request, response) => {
      capture(request, response)
      return answerErrors(application)(request, response)
    })
    const received = await send(server.url)
    expect(received.body.toString()).toBe('<h1>the error page</h1>')
    const { response } = capturedExchange(await tracing.serverAttributes())
    expect(response).toMatchObject({ sha256: sha256(received.body), content_type: 'text/html' })
    expect(response).not.toHaveProperty('truncated')
    expect((await store.blobs()).has(sha256('{"first":"body"}'))).toBe(false)
  })

  test.each(attempts)('%s, and the span may end with the response', async (_, application) => {
    const server = await listen((request, response) => {
      const span = trace.getTracer('test').startSpan('own')
      captureHttpExchange(request, response, { client, span })
      answerErrors(application)(request, response)
      span.end()
    })
    const received = await send(server.url)
    await tracing.settled()
    const span = tracing.allSpans().find(({ name }) => name === 'own')
    expect(capturedExchange(span?.attributes ?? {}).response?.sha256).toBe(sha256(received.body))
    await server.close()
  })

  test('over HTTP/2', async () => {
    const server = await listen(
      createServer((request, response) => {
        const span = trace.getTracer('test').startSpan('h2', { kind: SpanKind.SERVER })
        response.once('close', () => span.end())
        captureHttpExchange(request, response, { client, span })
        try {
          call(response, 'end', { not: 'bytes' })
        } catch {
          response.end('the error page')
        }
      }),
    )
    const session = connect(server.url)
    const received = await consume(session.request({ ':path': '/' }))
    session.close()
    expect(received.toString()).toBe('the error page')
    const { response } = capturedExchange(await tracing.serverAttributes())
    expect(response?.sha256).toBe(sha256(received))
    expect(response).not.toHaveProperty('truncated')
    await server.close()
  })
})

test('a chunk that is refused in the middle of a response leaves it marked', async () => {
  await using server = await listen((request, response) => {
    capture(request, response)
    response.strictContentLength = true
    response.setHeader('content-length', 4)
    response.write('sent')
    try {
      response.write('more than was declared')
    } catch {
      response.end()
    }
  })
  expect((await send(server.url)).body.toString()).toBe('sent')
  expect(capturedExchange(await tracing.serverAttributes()).response).toMatchObject({ truncated: true })
})

/** Calls a method with what its type does not allow. */
function call(target: object, name: string, parameter: unknown): void {
  const method: unknown = Reflect.get(target, name)
  if (typeof method === 'function') Reflect.apply(method, target, [parameter])
}

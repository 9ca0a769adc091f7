import { context, SpanKind, trace } from '@opentelemetry/api'
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
import { captureHttpExchange, httpExchangeCapture, ServerSpanProcessor } from './index.js'

const tracing = startTracing({ instrumentHttp: false, spanProcessors: [new ServerSpanProcessor()] })
const store = createStore()
const { client } = store
const tracer = trace.getTracer('test')

const echo: Application = async (request, response) => response.end(await consume(request))

describe('without the HTTP instrumentation', () => {
  test('an adapter can set the references before its span ends', async () => {
    await using server = await listen(async (request, response) => {
      const span = tracer.startSpan('early', { kind: SpanKind.SERVER })
      captureHttpExchange(request, response, { client, span })
      await consume(request)
      httpExchangeCapture(request)?.finalize()
      span.end()
      response.end()
    })
    await send(server.url, { body: 'early' })
    expect(capturedExchange(await tracing.serverAttributes()).request?.sha256).toBe(sha256('early'))
  })

  test('a span given by the application may end right after response.end()', async () => {
    await using server = await listen(async (request, response) => {
      const span = tracer.startSpan('own', { kind: SpanKind.SERVER })
      captureHttpExchange(request, response, { client, span })
      await echo(request, response)
      span.end()
    })
    const headers = { 'content-type': 'application/json' }
    const received = await send(server.url, { headers, body: '{"own":"span"}' })
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: { sha256: sha256('{"own":"span"}') },
      response: { sha256: sha256(received.body) },
    })
  })

  test('the SERVER span is found from below, when a ServerSpanProcessor is installed', async () => {
    await using server = await listen((request, response) => {
      const root = tracer.startSpan('root', { kind: SpanKind.SERVER })
      const inner = tracer.startSpan('inner', {}, trace.setSpan(context.active(), root))
      inner.end()
      context.with(trace.setSpan(context.active(), inner), () => {
        const innermost = tracer.startSpan('innermost')
        context.with(trace.setSpan(context.active(), innermost), () =>
          captureHttpExchange(request, response, { client }),
        )
        innermost.end()
      })
      response.on('close', () => root.end())
      echo(request, response)
    })
    await send(server.url, { body: 'found' })
    expect(capturedExchange(await tracing.serverAttributes()).response?.sha256).toBe(sha256('found'))
  })

  test.each([
    ['the request body', 'span_artifacts.http.request.body', 'response'],
    ['the response body', 'span_artifacts.http.response.body', 'request'],
  ] as const)('a span that refuses %s still gets the other one', async (_, refused, other) => {
    await using server = await listen(async (request, response) => {
      const span = tracer.startSpan('picky', { kind: SpanKind.SERVER })
      const setAttribute = span.setAttribute.bind(span)
      span.setAttribute = (name, value) => {
        if (name === refused) throw new Error('no')
        return setAttribute(name, value)
      }
      captureHttpExchange(request, response, { client, span })
      await echo(request, response)
      span.end()
    })
    await send(server.url, { body: 'either' })
    const captured = capturedExchange(await tracing.serverAttributes())
    expect(captured[other]?.sha256).toBe(sha256('either'))
    expect(captured[other === 'request' ? 'response' : 'request']).toBeUndefined()
  })

  test('a span that ended too early gets nothing, and nothing is uploaded for it', async () => {
    await using server = await listen((request, response) => {
      const span = tracer.startSpan('short', { kind: SpanKind.SERVER })
      captureHttpExchange(request, response, { client, span })
      span.end()
      response.end('after the end of the span')
    })
    await send(server.url)
    expect(capturedExchange(await tracing.serverAttributes()).response).toBeUndefined()
    expect((await store.blobs()).has(sha256('after the end of the span'))).toBe(false)
  })

  test('nothing is touched where there is no span at all', async () => {
    let own: string[] = []
    await using server = await listen((request, response) => {
      const before = ownNames(request, response)
      captureHttpExchange(request, response, { client })
      own = ownNames(request, response).filter((name) => !before.includes(name))
      response.end()
    })
    await send(server.url)
    expect(own).toEqual([])
  })
})

function ownNames(...objects: object[]): string[] {
  return objects.flatMap((object) => Reflect.ownKeys(object).map(String))
}

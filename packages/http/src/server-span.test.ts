import { context, SpanKind, trace } from '@opentelemetry/api'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { capturedExchange, createStore, listen, send, sha256, startTracing } from '@span-artifacts/http-testing'
import { afterEach, describe, expect, test } from 'vitest'
import { captureAllRequests, createHttpCapture, ServerSpanProcessor, type StopCapturing } from './index.js'

/** As the composite of `@vercel/otel`, it does not hand on `onEnding`. */
function withoutOnEnding(processor: ServerSpanProcessor): SpanProcessor {
  return {
    onStart: (span, parent) => processor.onStart(span, parent),
    onEnd: (span) => processor.onEnd(span),
    forceFlush: () => processor.forceFlush(),
    shutdown: () => processor.shutdown(),
  }
}

// Nobody instruments HTTP here: as in Next.js, the application makes its SERVER spans itself, when it is at it.
const tracing = startTracing({ spanProcessors: [withoutOnEnding(new ServerSpanProcessor())], instrumentHttp: false })
const { client } = createStore()
const tracer = trace.getTracer('framework')
let stop: StopCapturing | undefined

afterEach(() => stop?.())

describe('without the HTTP instrumentation, the capture of all requests', () => {
  test('takes the SERVER span that a framework makes later', async () => {
    stop = captureAllRequests({ client })
    await using server = await listen(async (request, response) => {
      await Promise.resolve()
      await tracer.startActiveSpan('POST', { kind: SpanKind.SERVER }, async (span) => {
        const received: Buffer[] = []
        for await (const chunk of request) received.push(chunk)
        response.end(Buffer.concat(received))
        span.end()
      })
    })
    await send(server.url, { headers: { 'content-type': 'text/plain' }, body: 'late' })
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: { sha256: sha256('late') },
      response: { sha256: sha256('late') },
    })
  })

  test('moves on to the next SERVER span of the same request', async () => {
    stop = captureAllRequests({ client })
    await using server = await listen((_, response) => {
      const proxy = tracer.startSpan('proxy', { kind: SpanKind.SERVER })
      const inside = trace.setSpan(context.active(), proxy)
      proxy.end()
      context.with(inside, () =>
        tracer.startActiveSpan('route', { kind: SpanKind.SERVER }, (span) => {
          response.setHeader('content-type', 'text/plain')
          response.end('routed')
          span.end()
        }),
      )
    })
    await send(server.url)
    await tracing.settled()
    const [proxy, route] = tracing.serverSpans()
    expect(capturedExchange(proxy?.attributes ?? {}).response).toBeUndefined()
    expect(capturedExchange(route?.attributes ?? {}).response).toMatchObject({ sha256: sha256('routed') })
  })

  test('comes back to the SERVER span around another one that ends too early', async () => {
    stop = captureAllRequests({ client })
    await using server = await listen((_, response) => {
      tracer.startActiveSpan('outer', { kind: SpanKind.SERVER }, (outer) => {
        tracer.startActiveSpan('inner', { kind: SpanKind.SERVER }, (inner) => inner.end())
        response.setHeader('content-type', 'text/plain')
        response.end('page')
        outer.end()
      })
    })
    await send(server.url)
    await tracing.settled()
    const outer = tracing.serverSpans().find(({ name }) => name === 'outer')
    expect(capturedExchange(outer?.attributes ?? {}).response).toMatchObject({ sha256: sha256('page') })
  })

  test('leaves a request alone that gets no SERVER span', async () => {
    stop = captureAllRequests({ client })
    const own: string[][] = []
    await using server = await listen((request, response) => {
      own.push(Object.getOwnPropertyNames(request).filter((name) => name === 'push'))
      response.end('unseen')
    })
    await send(server.url, { headers: { 'content-type': 'text/plain' }, body: 'x' })
    expect(own).toEqual([[]])
    expect(tracing.allSpans()).toEqual([])
  })

  test('keeps the requests of one connection apart', async () => {
    stop = captureAllRequests({ client })
    await using server = await listen((request, response) => {
      tracer.startActiveSpan(String(request.url), { kind: SpanKind.SERVER }, (span) => {
        setImmediate(() => {
          response.setHeader('content-type', 'text/plain')
          response.end(request.url)
          span.end()
        })
      })
    })
    await Promise.all(['/a', '/b', '/c'].map((path) => send(server.url + path)))
    await tracing.settled()
    for (const { name, attributes } of tracing.serverSpans()) {
      expect(capturedExchange(attributes).response).toMatchObject({ sha256: sha256(name) })
    }
    expect(tracing.serverSpans()).toHaveLength(3)
  })
})

test('what was seen of a response is there when its span ends after the client has gone', async () => {
  const capture = createHttpCapture({ client })
  const ended = Promise.withResolvers<void>()
  await using server = await listen((request, response) => {
    tracer.startActiveSpan('GET', { kind: SpanKind.SERVER }, (span) => {
      capture(request, response)
      response.setHeader('content-type', 'text/plain')
      response.write('begun')
      response.once('close', () => {
        span.end()
        ended.resolve()
      })
    })
  })
  const aborted = new AbortController()
  const answer = await fetch(server.url, { signal: aborted.signal })
  await answer.body?.getReader().read()
  aborted.abort()
  await ended.promise
  expect(capturedExchange(await tracing.serverAttributes()).response).toMatchObject({
    sha256: sha256('begun'),
    truncated: true,
  })
})

import { context, SpanKind, trace, type Attributes, type Span } from '@opentelemetry/api'
import { capturedExchange, createStore, sha256, startTracing } from '@span-artifacts/http-testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { createWebCapture, ServerSpanProcessor, type WebCaptureOptions } from './index.js'

const tracing = startTracing({ spanProcessors: [new ServerSpanProcessor()], instrumentHttp: false })
const { client } = createStore()
const json = { 'content-type': 'application/json' }

beforeEach(() => tracing.reset())

/** Handles a request as frameworks of web messages do: the handler in a span of its own, then the body, then the end. */
async function exchange(
  request: Request,
  handler: (request: Request) => Promise<Response> | Response,
  options: WebCaptureOptions = {},
): Promise<{ received: Uint8Array; attributes: Attributes }> {
  const capture = createWebCapture({ client, ...options })
  const tracer = trace.getTracer('test')
  const server = tracer.startSpan('POST', { kind: SpanKind.SERVER })
  const response = await context.with(trace.setSpan(context.active(), server), () =>
    tracer.startActiveSpan('handler', async (span: Span) => {
      const running = capture(request)
      const answer = await handler(request)
      running?.answer(answer)
      span.end()
      return answer
    }),
  )
  const received = new Uint8Array(await response.arrayBuffer())
  server.end()
  return { received, attributes: await tracing.serverAttributes() }
}

describe('an exchange of web messages', () => {
  test('is recorded on the SERVER span, although the span of the handler has ended by then', async () => {
    const request = new Request('http://a.example/', { method: 'POST', headers: json, body: '{"a":1}' })
    const { received, attributes } = await exchange(request, async (asked) =>
      Response.json({ got: await asked.json() }),
    )
    expect(Buffer.from(received).toString()).toBe('{"got":{"a":1}}')
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256('{"a":1}'), content_type: 'application/json' },
      response: { sha256: sha256('{"got":{"a":1}}'), content_type: 'application/json' },
    })
  })
})

import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { SpanKind, trace } from '@opentelemetry/api'
import { capturedExchange, consume, createStore, listen, sha256, startTracing } from '@span-artifacts/http-testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { captureHttpExchange } from './index.js'

const tracing = startTracing({ instrumentHttp: false })
const { client } = createStore()

const head = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

test('of pipelined requests whose client leaves before the first is answered, none stays open or keeps memory', async () => {
  const body = JSON.stringify({ text: 'x'.repeat(100_000) })
  const late = new Set<ServerResponse>()
  const { memory } = client.captureSpace
  const isWholeRoomFree = (): boolean => {
    const isFree = memory.reserve(client.limits.maxQueueBytes)
    if (isFree) memory.release(client.limits.maxQueueBytes)
    return isFree
  }
  await using server = await listen(async (request, response) => {
    const span = trace.getTracer('test').startSpan(String(request.url), { kind: SpanKind.SERVER })
    // Nothing tells the application that such an exchange is over.
    onTestFinished(() => span.end())
    captureHttpExchange(request, response, { client, span })
    late.add(response)
    await consume(request)
    if (request.url === '/ended') response.end('waits for the first one')
  })
  const socket = connect(server.port, '127.0.0.1').on('error', () => {})
  socket.write(head('/first', '{}') + head('/second', body) + head('/ended', body))
  await vi.waitFor(() => expect(late.size).toBe(3))
  await vi.waitFor(() => expect([...late].at(-1)?.writableEnded).toBe(true))
  socket.destroy()
  await vi.waitFor(async () => {
    await client.forceFlush()
    expect(isWholeRoomFree()).toBe(true)
  })
})

test('pipelined requests are answered and captured in turn, without a listener that stays on their connection', async () => {
  const listeners: number[] = []
  await using server = await listen(async (request, response) => {
    const span = trace.getTracer('test').startSpan(String(request.url), { kind: SpanKind.SERVER })
    captureHttpExchange(request, response, { client, span })
    listeners.push(request.socket.listenerCount('close'))
    const body = await consume(request)
    response.on('close', () => span.end())
    setTimeout(() => response.end(body), 5)
  })
  const bodies = Array.from({ length: 20 }, (_, index) => JSON.stringify({ index }))
  const socket = connect(server.port, '127.0.0.1').on('error', () => {})
  socket.resume().write(bodies.map((body, index) => head(`/${index}`, body)).join(''))
  await vi.waitFor(() => expect(tracing.serverSpans()).toHaveLength(bodies.length))
  socket.destroy()
  const captured = tracing.serverSpans().map(({ attributes }) => capturedExchange(attributes))
  expect(captured.map(({ request }) => request?.sha256)).toEqual(bodies.map(sha256))
  expect(captured.map(({ response }) => response?.sha256)).toEqual(bodies.map(sha256))
  expect(captured.some(({ request, response }) => request?.truncated || response?.truncated)).toBe(false)
  expect(Math.max(...listeners) - Math.min(...listeners)).toBeLessThan(3)
})

import { context, SpanKind, trace } from '@opentelemetry/api'
import { artifactClient, memoryDestination } from '@span-artifacts/core'
import type { HttpCaptureOptions } from '@span-artifacts/http'
import { capturedExchange, listen, send, sha256, startTracing } from '@span-artifacts/http-testing'
import { NextRequest } from 'next/server.js'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { registerArtifacts, withArtifacts } from './index.js'
import { bundle } from './test-fixtures/bundle.js'

// The copy in the chunk of `instrumentation.ts`; that of the routes is the one imported above.
const built = await bundle('index.ts', { conditions: ['node', 'import'], platform: 'node' })
const other: { registerArtifacts: typeof registerArtifacts } = await import(built.path)
const tracing = startTracing({ spanProcessors: other.registerArtifacts().spanProcessors, instrumentHttp: false })

const REQUEST_CONTEXT = Symbol.for('@next/request-context')

afterEach(() => {
  Reflect.deleteProperty(globalThis, REQUEST_CONTEXT)
  registerArtifacts()
})
afterAll(() => built[Symbol.asyncDispose]())

const echo = withArtifacts(async (request) => new Response(await request.text(), { headers: { 'x-ok': '1' } }))

async function callRoute(body: string): Promise<void> {
  const request = new NextRequest('http://a.example/', {
    method: 'POST',
    body,
    headers: { 'content-type': 'text/plain' },
  })
  const server = trace.getTracer('next.js').startSpan('POST', { kind: SpanKind.SERVER })
  const answer = await context.with(trace.setSpan(context.active(), server), () => echo(request))
  await answer.text()
  server.end()
}

const serve = (): ReturnType<typeof listen> =>
  listen((_, response) =>
    trace.getTracer('next.js').startActiveSpan('GET', { kind: SpanKind.SERVER }, (span) => {
      response.setHeader('content-type', 'text/plain')
      response.end('seen')
      span.end()
    }),
  )

describe('registering', () => {
  test('makes the client of this process', () => {
    const destination = memoryDestination()
    const { client } = registerArtifacts({ destination })
    expect(artifactClient()).toBe(client)
  })

  test('works for every copy of this package in the process: bundlers put one into each chunk', async () => {
    const destination = memoryDestination()
    const { client } = other.registerArtifacts({ destination })
    expect(artifactClient()).toBe(client)
    await callRoute('from another copy')
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: { sha256: sha256('from another copy') },
      response: { sha256: sha256('from another copy') },
    })
    await client.forceFlush()
    expect([...destination.artifacts.keys()]).toEqual([sha256('from another copy')])
  })

  test('captures every request where that is asked for, whichever copy is asked, until it is not any more', async () => {
    const destination = memoryDestination()
    other.registerArtifacts({ destination, captureAllRequests: true })
    await using server = await serve()
    await send(server.url)
    expect(capturedExchange(await tracing.serverAttributes()).response).toMatchObject({ sha256: sha256('seen') })
    tracing.reset()
    registerArtifacts({ destination, captureAllRequests: { response: false } })
    await send(server.url)
    expect(capturedExchange(await tracing.serverAttributes()).response).toBeUndefined()
    tracing.reset()
    registerArtifacts({ destination })
    await send(server.url)
    expect(capturedExchange(await tracing.serverAttributes()).response).toBeUndefined()
  })

  test('leaves a request to the route that captures it in its own way', async () => {
    const { client } = registerArtifacts({ destination: memoryDestination(), captureAllRequests: true })
    await using server = await listen(async (_, response) => {
      await callRoute('nearer')
      response.end()
    })
    await send(server.url)
    expect(capturedExchange(await tracing.serverAttributes()).response).toMatchObject({ sha256: sha256('nearer') })
    await client.forceFlush()
  })

  test('leaves a request alone that the route ignores', async () => {
    registerArtifacts({ destination: memoryDestination(), captureAllRequests: true })
    const ignoring = withArtifacts(async (request) => new Response(await request.text()), { ignore: () => true })
    await using server = await listen((_, response) =>
      trace.getTracer('next.js').startActiveSpan('POST', { kind: SpanKind.SERVER }, async (span) => {
        const answer = await ignoring(new NextRequest('http://a.example/', { method: 'POST', body: 'ignored' }))
        response.setHeader('content-type', 'text/plain')
        response.end(await answer.text())
        span.end()
      }),
    )
    expect((await send(server.url)).body.toString()).toBe('ignored')
    expect(capturedExchange(await tracing.serverAttributes()).response).toBeUndefined()
  })

  test('asks options that are an instance of a class', async () => {
    class OwnOptions implements HttpCaptureOptions {
      ignore(): boolean {
        return true
      }
    }
    registerArtifacts({ destination: memoryDestination(), captureAllRequests: new OwnOptions() })
    await using server = await serve()
    await send(server.url)
    expect(capturedExchange(await tracing.serverAttributes()).response).toBeUndefined()
  })

  test.each([
    ['an option of the client', { endpoint: 7 }],
    ['an option that nobody knows', { endpiont: 'http://a.example' }],
    ['an option of the capture', { captureAllRequests: { maxBody: 1 } }],
    ['what is to be captured', { captureAllRequests: null }],
  ])('refuses a mistake in %s', (_, options) => {
    expect(() => Reflect.apply(registerArtifacts, undefined, [options])).toThrow(
      /endpoint|endpiont|maxBody|must be an object/,
    )
  })
})

describe('on a platform that freezes functions', () => {
  test('the function lives until everything is stored', async () => {
    const destination = memoryDestination()
    registerArtifacts({ destination, captureAllRequests: true })
    const kept: Promise<unknown>[] = []
    Reflect.set(globalThis, REQUEST_CONTEXT, {
      get: () => ({ waitUntil: (promise: Promise<unknown>) => void kept.push(promise) }),
    })
    await callRoute('kept alive')
    expect(kept).toHaveLength(1)
    await Promise.all(kept)
    expect([...destination.artifacts.keys()]).toEqual([sha256('kept alive')])
    await using server = await serve()
    await send(server.url)
    expect(kept).toHaveLength(2)
    await Promise.all(kept)
    expect([...destination.artifacts.keys()]).toContain(sha256('seen'))
  })

  test('one that offers nothing of the kind is no reason to fail', async () => {
    registerArtifacts({ destination: memoryDestination() })
    for (const offer of [
      undefined,
      {},
      { get: () => undefined },
      {
        get: () => {
          throw new Error('not here')
        },
      },
    ]) {
      Reflect.set(globalThis, REQUEST_CONTEXT, offer)
      await callRoute('fine')
    }
    expect(tracing.serverSpans()).toHaveLength(4)
  })
})

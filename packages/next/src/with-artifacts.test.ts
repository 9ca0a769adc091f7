import { context, SpanKind, trace, type Attributes } from '@opentelemetry/api'
import { ArtifactClient, memoryDestination } from '@span-artifacts/core'
import { ServerSpanProcessor } from '@span-artifacts/http/web'
import { capturedExchange, sha256, startTracing } from '@span-artifacts/http-testing'
import { notFound, permanentRedirect, redirect } from 'next/navigation.js'
import { NextRequest, NextResponse } from 'next/server.js'
import { beforeEach, describe, expect, test } from 'vitest'
import { withArtifacts } from './index.js'

const tracing = startTracing({ spanProcessors: [new ServerSpanProcessor()], instrumentHttp: false })
const client = new ArtifactClient({ destination: memoryDestination() })

const post = (body: string | FormData | ReadableStream, headers: Record<string, string> = {}): NextRequest =>
  new NextRequest('http://a.example/api/orders?page=2', { method: 'POST', body, headers, duplex: 'half' })
const json = { 'content-type': 'application/json' }

/** Calls a route handler as Next does: in a SERVER span, with a span of its own. @returns its answer, read to the end */
async function route(call: () => unknown): Promise<{ answer: unknown; received: string; attributes: Attributes }> {
  const tracer = trace.getTracer('next.js')
  const server = tracer.startSpan('POST', { kind: SpanKind.SERVER })
  let answer: unknown
  let received = ''
  try {
    answer = await context.with(trace.setSpan(context.active(), server), () =>
      tracer.startActiveSpan('executing api route', async (span) => {
        try {
          return await call()
        } finally {
          span.end()
        }
      }),
    )
    if (answer instanceof Response) received = await answer.text()
  } catch (error) {
    answer = error
  }
  server.end()
  return { answer, received, attributes: await tracing.serverAttributes() }
}

async function GET(_request: Request): Promise<Response> {
  return new Response()
}

describe('a wrapped route handler', () => {
  test('has the bodies of its exchange on the SERVER span', async () => {
    const handler = withArtifacts(async (request) => Response.json({ got: await request.json() }), { client })
    const { attributes, received } = await route(() => handler(post('{"a":1}', json)))
    expect(received).toBe('{"got":{"a":1}}')
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256('{"a":1}') },
      response: { sha256: sha256('{"got":{"a":1}}') },
    })
  })

  test('is captured once when it is wrapped twice, as the outer wrapper says', async () => {
    const twice = withArtifacts(
      withArtifacts(async (request) => Response.json({ got: await request.json() }), { client }),
      { client, response: false },
    )
    const acceptedBefore = client.stats().accepted
    const { attributes, received } = await route(() => twice(post('{"twice":1}', json)))
    expect(received).toBe('{"got":{"twice":1}}')
    const { request, response } = capturedExchange(attributes)
    expect(request).toMatchObject({ sha256: sha256('{"twice":1}') })
    expect(response).toBeUndefined()
    expect(client.stats().accepted - acceptedBefore).toBe(1)
  })

  test('gets the very request and context of Next, and Next gets its very response', async () => {
    const request = post('{}', { ...json, cookie: 'basket=b1' })
    const answer = NextResponse.json({ ok: true }, { status: 201 })
    answer.cookies.set('a', '1')
    answer.cookies.set('b', '2')
    const seen: unknown[] = []
    const handler = withArtifacts(
      async (...parameters: [NextRequest, typeof noParams]) => {
        const [{ nextUrl, cookies }] = parameters
        seen.push(...parameters, nextUrl.searchParams.get('page'), cookies.get('basket')?.value)
        return answer
      },
      { client },
    )
    const routed = await route(() => handler(request, noParams))
    expect(seen[0]).toBe(request)
    expect(seen.slice(1)).toEqual([noParams, '2', 'b1'])
    expect(routed.answer).toBe(answer)
    expect(answer.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Path=/'])
  })

  test('has the files of a form, whose names stay as they are', async () => {
    const form = new FormData()
    form.append('subject', 'Lampe')
    form.append('photo', new File(['png'], 'größe ✓ 日本.png', { type: 'image/png' }))
    const handler = withArtifacts(
      async (request) => {
        const photo = (await request.formData()).get('photo')
        return new Response(photo instanceof File ? photo.name : 'none')
      },
      { client },
    )
    const { attributes, received } = await route(() => handler(post(form)))
    expect(received).toBe('größe ✓ 日本.png')
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256('{"subject":"Lampe"}') },
      files: [{ sha256: sha256('png'), filename: 'größe ✓ 日本.png', field: 'photo' }],
    })
  })

  test.each([
    ['redirect()', () => redirect('/elsewhere;307;'), 307],
    ['permanentRedirect()', () => permanentRedirect('/elsewhere'), 308],
    ['notFound()', () => notFound(), 404],
    [
      'an error',
      () => {
        throw new Error('broken')
      },
      500,
    ],
  ])('throws on what %s throws, and keeps the request', async (_, fail, status) => {
    const statuses: number[] = []
    const handler = withArtifacts(
      async (request) => {
        await request.text()
        return fail()
      },
      { client, shouldCapture: (_request, response) => statuses.push(response.status) > 0 },
    )
    let expected: unknown
    try {
      fail()
    } catch (error) {
      expected = error
    }
    const { answer, attributes } = await route(() => handler(post('{"a":1}', json)))
    expect(answer).toEqual(expected)
    expect(statuses).toEqual([status])
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256('{"a":1}') },
      response: undefined,
    })
  })

  test.each([
    [
      'that cannot be looked at',
      new Proxy(new Error('proxy'), {
        get() {
          throw new Error('not ours')
        },
      }),
    ],
    ['with a status that no response has', Object.assign(new Error(), { digest: 'NEXT_HTTP_ERROR_FALLBACK;999' })],
  ])('throws on an error %s', async (_, error) => {
    const handler = withArtifacts(
      async (_request: NextRequest) => {
        throw error
      },
      { client },
    )
    expect((await route(() => handler(post('{}', json)))).answer === error).toBe(true)
  })

  test('is called on a platform that does not keep its promises', async () => {
    const context = Symbol.for('@next/request-context')
    const platform = {
      waitUntil() {
        throw new Error('the platform is broken')
      },
    }
    Object.defineProperty(globalThis, context, { value: { get: () => platform }, configurable: true })
    try {
      const handler = withArtifacts((_request: NextRequest) => new Response('fine'), { client })
      expect((await route(() => handler(post('{}', json)))).received).toBe('fine')
    } finally {
      Reflect.deleteProperty(globalThis, context)
    }
  })

  test('stays synchronous, and throws on at once', async () => {
    const handler = withArtifacts((request: NextRequest) => new Response(request.method), { client })
    const failing = withArtifacts(
      () => {
        throw new Error('at once')
      },
      { client },
    )
    await route(() => {
      expect(handler(post('{}', json))).toBeInstanceOf(Response)
      expect(() => failing()).toThrow('at once')
    })
  })

  test('keeps its name and its number of parameters', () => {
    const wrapped = withArtifacts(GET, { client })
    expect([wrapped.name, wrapped.length]).toEqual(['GET', 1])
  })

  test('is called as if nothing were there where no span records', async () => {
    const request = post('{}', json)
    const handler = withArtifacts(async (seen) => new Response(await seen.text()), { client })
    expect(await (await handler(request)).text()).toBe('{}')
    expect(Object.getOwnPropertyNames(request.body)).toEqual([])
    expect(client.stats().accepted).toBe(accepted)
  })

  test('refuses an option that it does not know at once', () => {
    expect(() => Reflect.apply(withArtifacts, undefined, [() => new Response(), { maxBodySize: 1 }])).toThrow(
      /Unknown option "maxBodySize"/,
    )
  })
})

const noParams = { params: Promise.resolve({}) }
let accepted = 0
beforeEach(() => {
  accepted = client.stats().accepted
})

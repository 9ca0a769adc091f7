import { createStore, capturedExchange, multipart, send, sha256, startTracing } from '@span-artifacts/http-testing'
import { listen, type ListeningServer } from '@span-artifacts/http-testing'
import bodyParser from 'body-parser'
import Fastify from 'fastify'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { captureAllRequests } from './index.js'

const tracing = startTracing()
const store = createStore()
const json = { 'content-type': 'application/json' }

/** Applications that answer JSON with JSON, streams with streams, and break at `/broken`; nothing of ours is in them. */
const frameworks: Readonly<Record<string, () => Promise<ListeningServer>>> = {
  Koa: () => {
    const app = new Koa()
    app.silent = true
    app.use(async (context) => {
      if (context.path === '/broken') throw new Error('nothing to see')
      if (context.path === '/stream') {
        context.type = 'application/octet-stream'
        context.body = context.req
        return
      }
      await new Promise((resolve) => bodyParser.json()(context.req, context.res, resolve))
      context.body = { got: context.req.body }
    })
    return listen(app.callback())
  },

  Fastify: async () => {
    const app = Fastify()
    app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
    app.post('/', async ({ body }) => ({ got: body }))
    app.post('/stream', ({ body }, reply) => reply.type('application/octet-stream').send(body))
    app.post('/broken', async () => {
      throw new Error('nothing to see')
    })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const close = (): Promise<void> => app.close()
    return { url, port: Number(new URL(url).port), close, [Symbol.asyncDispose]: close }
  },
}

describe.each(Object.keys(frameworks))('with the capture of all requests, %s', (name) => {
  const exchange = async (path: string, headers: Record<string, string>, body: string | Buffer) => {
    const stop = captureAllRequests({ client: store.client, previewBytes: 5 })
    try {
      await using server = await frameworks[name]!()
      const received = await send(server.url + path, { headers, body })
      const attributes = await tracing.serverAttributes()
      return { received, attributes, ...capturedExchange(attributes) }
    } finally {
      stop()
    }
  }

  test('has the JSON of both sides captured', async () => {
    const { received, attributes, request, response } = await exchange('/', json, '{"a":1}')
    expect(received.body.toString()).toBe('{"got":{"a":1}}')
    expect(request).toMatchObject({ sha256: sha256('{"a":1}'), content_type: 'application/json' })
    expect(response).toMatchObject({ sha256: sha256(received.body), size_bytes: received.body.length })
    expect(response?.content_type).toMatch(/^application\/json/)
    expect(attributes['http.request.body.content']).toBe('{"a":')
    expect(Buffer.from((await store.blobs()).get(sha256('{"a":1}'))!).toString()).toBe('{"a":1}')
  })

  test('has a stream captured on its way through', async () => {
    const body = Buffer.alloc(300_000, 'stream ')
    const { received, request, response } = await exchange(
      '/stream',
      { 'content-type': 'application/octet-stream' },
      body,
    )
    expect(received.body.equals(body)).toBe(true)
    expect([request?.sha256, response?.sha256]).toEqual([sha256(body), sha256(body)])
    expect([request?.truncated, response?.truncated]).toEqual([undefined, undefined])
  })

  test('has its own answers to errors captured', async () => {
    const { received, response } = await exchange('/broken', json, '{"a":2}')
    expect(received.status).toBe(500)
    expect(response?.sha256).toBe(sha256(received.body))
  })

  test('answers a form that nobody reads as ever', async () => {
    const form = multipart([{ name: 'file', filename: 'a.txt', contentType: 'text/plain', content: 'unread' }])
    const { received, response } = await exchange('/nowhere', form.headers, form.body)
    expect(received.status).toBeGreaterThanOrEqual(200)
    expect(response?.sha256).toBe(sha256(received.body))
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { trace } from '@opentelemetry/api'
import {
  capturedExchange,
  createStore,
  listen,
  multipart,
  pseudoRandomBytes,
  send,
  sha256,
  startTracing,
} from '@span-artifacts/http-testing'
import { captureAllRequests } from '@span-artifacts/http'
import express5, { type ErrorRequestHandler } from 'express'
import express4 from 'express-4'
import multer from 'multer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artifactMiddleware } from './index.js'

const tracing = startTracing()
const store = createStore()
const { client } = store
const json = { 'content-type': 'application/json' }
const page = 'a page\n'.repeat(1000)
let directory = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'span-artifacts-express-'))
  await writeFile(join(directory, 'page.txt'), page)
})
afterAll(() => rm(directory, { recursive: true }))

const handleError: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (request.path === '/handled') response.status(418).json({ error: 'short and stout' })
  else next(error)
}

describe.each([
  ['Express 5', express5],
  ['Express 4', express4],
])('in %s', (_, express) => {
  test('the body of a request and its answer are referenced by the SERVER span, not by the span of a middleware', async () => {
    const app = express()
    app.use((_request, _response, next) =>
      trace.getTracer('test').startActiveSpan('middleware', (span) => {
        next()
        span.end()
      }),
    )
    app.use(artifactMiddleware({ client }))
    app.post('/echo', express.json(), (request, response) => {
      response.json(request.body)
    })
    await using server = await listen(app)
    const received = await send(`${server.url}/echo`, { headers: json, body: '{"hello":"world"}' })
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: { sha256: sha256('{"hello":"world"}'), content_type: 'application/json' },
      response: { sha256: sha256(received.body), content_type: 'application/json; charset=utf-8' },
    })
  })

  test('files that multer takes are referenced one by one', async () => {
    const photo = pseudoRandomBytes(100_000, 9)
    const app = express()
    app.use(artifactMiddleware({ client }))
    app.post('/', multer({ dest: directory }).array('photos'), (request, response) => {
      response.json(Array.isArray(request.files) ? request.files.length : 0)
    })
    await using server = await listen(app)
    const form = multipart([
      { name: 'album', content: 'Summer' },
      { name: 'photos', filename: 'one.png', contentType: 'image/png', content: photo },
      { name: 'photos', filename: 'two.png', contentType: 'image/png', content: 'tiny' },
    ])
    expect((await send(server.url, form)).body.toString()).toBe('2')
    const { request, files } = capturedExchange(await tracing.serverAttributes())
    expect(files).toMatchObject([
      { sha256: sha256(photo), filename: 'one.png', field: 'photos' },
      { sha256: sha256('tiny'), filename: 'two.png', field: 'photos' },
    ])
    expect(request?.sha256).toBe(sha256('{"album":"Summer"}'))
  })

  test.each([
    ['send', '/send', 200],
    ['sendFile', '/file', 200],
    ['redirect', '/redirect', 302],
    ['the error handler of Express', '/throw', 500],
    ['an own error handler', '/handled', 418],
    ['nobody at all', '/nowhere', 404],
  ])('an answer by %s is captured as it went out', async (_name, path, status) => {
    const app = express()
    app.set('env', 'test')
    app.use(artifactMiddleware({ client }))
    app.get('/send', (_request, response) => void response.send('<p>sent</p>'))
    app.get('/file', (_request, response) => response.sendFile(join(directory, 'page.txt')))
    app.get('/redirect', (_request, response) => response.redirect('/elsewhere'))
    app.get('/throw', () => {
      throw new Error('not meant for anybody')
    })
    app.get('/handled', (_request, _response, next) => next(new Error('handled')))
    app.use(handleError)
    await using server = await listen(app)
    const received = await send(server.url + path)
    expect(received.status).toBe(status)
    const { response } = capturedExchange(await tracing.serverAttributes())
    expect(response).toMatchObject({ sha256: sha256(received.body), content_type: received.headers['content-type'] })
    expect(response).not.toHaveProperty('truncated')
  })

  test('a fresh page is answered with 304 and captured as nothing', async () => {
    const app = express()
    app.use(artifactMiddleware({ client }))
    app.get('/', (_request, response) => void response.send(page))
    await using server = await listen(app)
    const { headers } = await send(server.url)
    await tracing.serverAttributes()
    tracing.reset()
    const received = await send(server.url, { headers: { 'if-none-match': String(headers.etag) } })
    expect(received.status).toBe(304)
    expect(capturedExchange(await tracing.serverAttributes()).response).toBeUndefined()
  })

  test('installed on the application and again on a router, it captures once, by the first options', async () => {
    const app = express()
    app.use(artifactMiddleware({ client, request: false }))
    const router = express.Router()
    router.use(artifactMiddleware({ client }))
    router.post('/echo', express.text(), (request, response) => void response.send(request.body))
    app.use('/router', router)
    await using server = await listen(app)
    await send(`${server.url}/router/echo`, { headers: { 'content-type': 'text/plain' }, body: 'once' })
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: undefined,
      response: { sha256: sha256('once'), size_bytes: 4 },
    })
  })

  test('where all requests are captured, the options of the application count, and of two middlewares the first ones', async () => {
    const stop = captureAllRequests({ client })
    const app = express()
    app.use(artifactMiddleware({ client, response: false }))
    app.use(artifactMiddleware({ client, response: true }))
    app.post('/echo', express.text(), (request, response) => void response.send(request.body))
    await using server = await listen(app)
    await send(`${server.url}/echo`, { headers: { 'content-type': 'text/plain' }, body: 'wanted' })
    const { request, response } = capturedExchange(await tracing.serverAttributes())
    expect([request?.sha256, response]).toEqual([sha256('wanted'), undefined])
    stop()
  })

  test('where all requests are captured, what the application ignores is ignored, and what it has no options for is captured', async () => {
    const stop = captureAllRequests({ client, request: false })
    const app = express()
    app.use('/secret', artifactMiddleware({ client, ignore: () => true }))
    app.use('/open', artifactMiddleware())
    app.use(express.text(), (request, response) => void response.send(request.body))
    await using server = await listen(app)
    for (const path of ['secret', 'open']) {
      await send(`${server.url}/${path}`, { headers: { 'content-type': 'text/plain' }, body: path })
      const { request, response } = capturedExchange(await tracing.serverAttributes())
      expect([request, response?.sha256]).toEqual([undefined, path === 'open' ? sha256(path) : undefined])
      tracing.reset()
    }
    stop()
  })

  test('installed for one path, it captures nothing else', async () => {
    const app = express()
    app.use('/api', artifactMiddleware({ client }))
    app.get('/api/a', (_request, response) => void response.send('an answer'))
    app.get('/b', (_request, response) => void response.send('another'))
    await using server = await listen(app)
    await send(`${server.url}/api/a`)
    expect(capturedExchange(await tracing.serverAttributes()).response?.sha256).toBe(sha256('an answer'))
    tracing.reset()
    await send(`${server.url}/b`)
    expect(capturedExchange(await tracing.serverAttributes()).response).toBeUndefined()
  })

  test('installed behind the body parser, it still captures the answer', async () => {
    const app = express()
    app.use(express.json())
    app.use(artifactMiddleware({ client }))
    app.post('/', (request, response) => void response.json(request.body))
    await using server = await listen(app)
    const received = await send(server.url, { headers: json, body: '{"late":true}' })
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: undefined,
      response: { sha256: sha256(received.body) },
    })
  })
})

test('a mistake in the options is an error at installation', () => {
  expect(() => Reflect.apply(artifactMiddleware, undefined, [{ maxBodySize: 1 }])).toThrow(
    /Unknown option "maxBodySize"/,
  )
  expect(() => Reflect.apply(artifactMiddleware, undefined, [{ previewBytes: '1kb' }])).toThrow(
    /"previewBytes" of an HTTP capture must be a number of bytes/,
  )
})

test('installed without being called, it says so to whoever handles the error', async () => {
  const app = express5()
  Reflect.apply(app.use, app, [artifactMiddleware])
  const handled: unknown[] = []
  const remember: ErrorRequestHandler = (error, _request, response, _next) => {
    handled.push(error)
    response.sendStatus(500)
  }
  app.use(remember)
  await using server = await listen(app)
  await send(server.url)
  expect(String(handled)).toContain('write app.use(artifactMiddleware())')
})

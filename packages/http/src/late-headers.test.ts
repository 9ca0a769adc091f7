import { trace } from '@opentelemetry/api'
import compression from 'compression'
import onHeaders from 'on-headers'
import {
  capturedExchange,
  createStore,
  listen,
  run,
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
const form = 'user=ada&password=hunter-in-a-late-form'

const setForm: Application = (_, response) => {
  response.setHeader('content-type', 'application/x-www-form-urlencoded')
  response.setHeader('content-disposition', 'attachment; filename="answer.txt"')
}

const answers: [string, Application][] = [
  ['and the whole body is given to end()', (_, response) => response.end(form)],
  [
    'and the body comes in chunks',
    (_, response) => {
      response.write(form.slice(0, 20))
      response.end(Buffer.from(form.slice(20)))
    },
  ],
  [
    'and nobody else can override it',
    (_, response) => {
      Object.defineProperty(response, 'writeHead', { configurable: false, writable: false })
      response.end(form)
    },
  ],
  [
    'and a first attempt throws in there',
    (_, response) => {
      const writeHead = response.writeHead.bind(response)
      response.writeHead = () => {
        throw new TypeError('not yet')
      }
      expect(() => response.end('{"first":"attempt"}')).toThrow('not yet')
      response.writeHead = writeHead
      response.end(form)
    },
  ],
]

describe('headers that are set while the head is written count', () => {
  test.each(answers)('with on-headers, %s', async (_, answer) => {
    await using server = await listen((request, response) => {
      capture(request, response)
      onHeaders(response, () => void setForm(request, response))
      return answer(request, response)
    })
    expect((await send(server.url)).body.toString()).toBe(form)
    await expectRedactedForm()
  })

  test('where the span ends inside of end()', async () => {
    await using server = await listen((request, response) => {
      const span = trace.getTracer('test').startSpan('inner')
      captureHttpExchange(request, response, { client, span })
      onHeaders(response, () => void setForm(request, response))
      response.end(form)
      span.end()
    })
    await send(server.url)
    await tracing.serverAttributes()
    const inner = tracing.allSpans().find(({ name }) => name === 'inner')
    expect(capturedExchange(inner?.attributes ?? {}).response).toMatchObject({ filename: 'answer.txt' })
  })

  test.each([
    ['a text', form],
    ['bytes', Buffer.from(form)],
  ])('where the response is over inside of end(), as without a connection, with %s', async (_, body) => {
    await using server = await listen((request, response) => {
      const span = trace.getTracer('test').startSpan('inner')
      const end = response.end.bind(response)
      response.end = (chunk: unknown) => {
        end(chunk)
        span.end()
        return response
      }
      captureHttpExchange(request, response, { client, span })
      onHeaders(response, () => void setForm(request, response))
      response.end(body)
    })
    expect((await send(server.url)).body.toString()).toBe(form)
    await tracing.serverAttributes()
    const inner = tracing.allSpans().find(({ name }) => name === 'inner')
    expect(capturedExchange(inner?.attributes ?? {}).response).toMatchObject({
      sha256: sha256('user=ada&password=%5Bredacted%5D'),
      filename: 'answer.txt',
    })
  })

  test('but not the encoding of a compression around the capture: it is of other bytes', async () => {
    await using server = await listen(async (request, response) => {
      await run(compression({ threshold: 0 }), request, response)
      capture(request, response)
      onHeaders(response, () => void setForm(request, response))
      response.end(form)
    })
    const { headers } = await send(server.url, { headers: { 'accept-encoding': 'gzip' } })
    expect(headers['content-encoding']).toBe('gzip')
    await expectRedactedForm()
  })
})

async function expectRedactedForm(): Promise<void> {
  const { response } = capturedExchange(await tracing.serverAttributes())
  expect(response).toMatchObject({ content_type: 'application/x-www-form-urlencoded', filename: 'answer.txt' })
  expect(response).not.toHaveProperty('content_encoding')
  expect(response).not.toHaveProperty('truncated')
  const stored = (await store.blobs()).get(String(response?.sha256))
  expect(Buffer.from(stored ?? '').toString()).toBe('user=ada&password=%5Bredacted%5D')
  expect((await store.blobs()).has(sha256(form))).toBe(false)
}

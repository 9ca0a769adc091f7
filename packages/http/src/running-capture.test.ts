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
import { beforeEach, describe, expect, test } from 'vitest'
import { createHttpCapture, httpExchangeCapture } from './index.js'

const tracing = startTracing()
const store = createStore()
const { client } = store

beforeEach(async () => {
  await tracing.settled()
  tracing.reset()
})

const echo: Application = async (request, response) => response.end(await consume(request))

describe('an adapter that knows more than the capture', () => {
  const capture = createHttpCapture({ client })

  test('can take a capture back', async () => {
    await using server = await listen(async (request, response) => {
      capture(request, response)
      const body = await consume(request)
      httpExchangeCapture(request)?.skip()
      response.end(body)
    })
    await send(server.url, { body: 'forget me' })
    expect(Object.keys(await tracing.serverAttributes()).filter((name) => name.includes('body'))).toEqual([])
    expect((await store.blobs()).has(sha256('forget me'))).toBe(false)
  })

  test('can change what is captured, and under which names', async () => {
    await using server = await listen((request, response) => {
      capture(request, response)
      httpExchangeCapture(request)?.override({ request: false, attributeNames: { responseBody: 'my.answer' } })
      echo(request, response)
    })
    await send(server.url, { body: 'renamed' })
    const attributes = await tracing.serverAttributes()
    expect(JSON.parse(String(attributes['my.answer']))).toMatchObject({
      'logfire.artifact': { sha256: sha256('renamed') },
    })
    expect(attributes).not.toHaveProperty('span_artifacts.http.request.body')
  })
})

describe('a capture that is installed twice', () => {
  test('captures once', async () => {
    const captures = [createHttpCapture({ client }), createHttpCapture({ client })]
    let listeners = 0
    await using server = await listen((request, response) => {
      for (const capture of captures) {
        capture(request, response)
        listeners ||= response.listenerCount('finish')
      }
      expect(response.listenerCount('finish')).toBe(listeners)
      echo(request, response)
    })
    await send(server.url, { body: 'once' })
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: { sha256: sha256('once'), size_bytes: 4 },
      response: { sha256: sha256('once'), size_bytes: 4 },
    })
  })
})

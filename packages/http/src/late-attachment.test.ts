import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import {
  capturedExchange,
  consume,
  createStore,
  listen,
  pseudoRandomBytes,
  send,
  sha256,
  startTracing,
  type Application,
} from '@span-artifacts/http-testing'
import { describe, expect, test } from 'vitest'
import { createHttpCapture } from './index.js'

const tracing = startTracing()
const { client } = createStore()
const capture = createHttpCapture({ client })
const octets = { 'content-type': 'application/octet-stream' }

/** An application whose first middleware is slow, so that bytes wait in the request when the capture begins. */
function slowApplication(before: (request: IncomingMessage) => void = () => {}): Application {
  return async (request, response) => {
    before(request)
    await delay(60)
    capture(request, response)
    response.end(sha256(await consume(request)))
  }
}

describe('attached after an asynchronous middleware, the capture is complete', () => {
  test.each([
    ['a small body that waits as a whole', 500],
    ['a large body of which only the beginning has come', 1024 * 1024],
  ])('for %s', async (_, size) => {
    const body = pseudoRandomBytes(size)
    await using server = await listen(slowApplication())
    const received = await send(server.url, { headers: octets, body })
    expect(received.body.toString()).toBe(sha256(body))
    const { request } = capturedExchange(await tracing.serverAttributes())
    expect(request).toMatchObject({ sha256: sha256(body), size_bytes: size })
    expect(request).not.toHaveProperty('truncated')
  })

  test.each(['utf8', 'hex', 'base64', 'latin1', 'utf16le'] as const)(
    'for a body that waits decoded as %s, even with half a character',
    async (encoding) => {
      const body = Buffer.from('€uro: 12 €, and a few more characters of text. €')
      await using server = await listen(async (request, response) => {
        request.setEncoding(encoding)
        request.on('readable', () => {})
        await delay(60)
        capture(request, response)
        let text = ''
        const read = (): void => {
          for (let chunk = request.read(); chunk !== null; chunk = request.read()) text += chunk
        }
        request.on('readable', read).on('end', () => response.end(Buffer.from(text, encoding)))
        // On a slow machine all of it has come already, and nothing more tells of it.
        read()
      })
      // The first piece ends inside of a character.
      const received = await send(server.url, { headers: octets, body, chunkBytes: 14, pauseMs: 20 })
      expect(received.body.toString('hex')).toBe(body.toString('hex'))
      expect(capturedExchange(await tracing.serverAttributes()).request).toMatchObject({ sha256: sha256(body) })
    },
  )
})

test.each(['utf8', 'ascii'] as const)(
  'attached when bytes that are no text wait decoded as %s, the capture leaves out what it cannot tell',
  async (encoding) => {
    await using server = await listen(async (request, response) => {
      request.setEncoding(encoding)
      await delay(60)
      capture(request, response)
      request.resume().on('end', () => response.end())
    })
    await send(server.url, { headers: octets, body: Buffer.from([0x61, 0xff, 0xfe, 0x80, 0xfd, 0xff]) })
    expect(capturedExchange(await tracing.serverAttributes()).request).toBeUndefined()
  },
)

test.each(['hex', 'latin1', 'utf16le', 'base64'] as const)(
  'attached when bytes that are no text wait decoded as %s, the capture has them all',
  async (encoding) => {
    const body = Buffer.from([0x61, 0xff, 0xfe, 0x80, 0xfd, 0xff])
    await using server = await listen(async (request, response) => {
      request.setEncoding(encoding)
      await delay(60)
      capture(request, response)
      request.resume().on('end', () => response.end())
    })
    await send(server.url, { headers: octets, body })
    expect(capturedExchange(await tracing.serverAttributes()).request?.sha256).toBe(sha256(body))
  },
)

test('attached after the body was read, the capture takes the response and leaves the request out', async () => {
  await using server = await listen(async (request, response) => {
    await consume(request)
    capture(request, response)
    response.end('answered')
  })
  await send(server.url, { headers: { 'content-type': 'application/json' }, body: '{"a":1}' })
  const { request, response } = capturedExchange(await tracing.serverAttributes())
  expect(request).toBeUndefined()
  expect(response?.sha256).toBe(sha256('answered'))
})

test('attached when part of the body was read, the capture does not pass off the rest as the whole', async () => {
  await using server = await listen(async (request, response) => {
    await new Promise((resolve) => request.once('readable', resolve))
    request.read()
    capture(request, response)
    await consume(request)
    response.end('answered')
  })
  await send(server.url, { headers: octets, body: pseudoRandomBytes(300_000) })
  expect(capturedExchange(await tracing.serverAttributes()).request).toBeUndefined()
})

test('attached when part of the response was written, the capture does not pass off the rest as the whole', async () => {
  await using server = await listen((request, response) => {
    response.write('the beginning, ')
    capture(request, response)
    response.end('the end')
  })
  expect((await send(server.url)).body.toString()).toBe('the beginning, the end')
  const { response } = capturedExchange(await tracing.serverAttributes())
  expect(response).toMatchObject({ sha256: sha256('the end'), truncated: true })
})

test('attached when the response was ended, the capture leaves it out', async () => {
  await using server = await listen((request, response) => {
    response.end('all of it')
    capture(request, response)
    response.end()
  })
  expect((await send(server.url)).body.toString()).toBe('all of it')
  expect(capturedExchange(await tracing.serverAttributes()).response).toBeUndefined()
})

test('attached when the head of the response was only composed, the capture is complete', async () => {
  await using server = await listen((request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    capture(request, response)
    response.end('all of it')
  })
  await send(server.url)
  const { response } = capturedExchange(await tracing.serverAttributes())
  expect(response).toMatchObject({ sha256: sha256('all of it'), content_type: 'text/plain' })
  expect(response).not.toHaveProperty('truncated')
})

import { connect } from 'node:net'
import { Agent } from 'node:http'
import { describe, expect, test } from 'vitest'
import { capturedExchange, type ContractSetting } from './adapter.js'
import { consume } from './application.js'
import { consumerApplication, requestConsumers } from './request-consumers.js'
import { pseudoRandomBytes, sha256 } from './payloads.js'
import { send } from './send.js'

const large = pseudoRandomBytes(1024 * 1024)
const octets = { 'content-type': 'application/octet-stream' }

/** Request bodies: complete however they are read, honest where they are not, and never in the application's way. */
export function describeRequestBodies({ adapter, tracing, store }: ContractSetting): void {
  describe(`${adapter.name} captures the body of a request that`, () => {
    test.each([...requestConsumers])('$sentence', async (consumer) => {
      await using server = await adapter.serve(consumerApplication(consumer), { client: store.client })
      const { headers, body, sees, reaches = 'everything' } = consumer
      const received = await send(server.url, { method: 'POST', headers, body, chunkBytes: 50_000 })
      expect(received.body.toString()).toBe(sees)

      const { request, response } = capturedExchange(await tracing.serverAttributes())
      const seen = body.subarray(0, request?.size_bytes)
      expect(seen.length === body.length).toBe(reaches === 'everything')
      expect(request).toMatchObject({ sha256: sha256(seen), ...(reaches === 'the beginning' && { truncated: true }) })
      expect(request?.truncated ?? false).toBe(reaches === 'the beginning')
      expect((await store.blobs()).get(sha256(seen))?.length).toBe(seen.length)
      expect(request?.content_type).toBe(headers['content-type'])
      expect(request?.content_encoding).toBe(headers['content-encoding'])
      expect(response?.sha256).toBe(sha256(received.body))
    })

    test('is answered while most of it is still on its way', async () => {
      await using server = await adapter.serve(
        (request, response) => {
          request.once('data', () => {
            request.pause()
            response.writeHead(413).end('too much')
          })
        },
        { client: store.client },
      )
      await send(server.url, { headers: octets, body: large })
      const { request } = capturedExchange(await tracing.serverAttributes())
      expect(request).toMatchObject({ truncated: true })
    })

    test('is aborted in the middle', async () => {
      await using server = await adapter.serve((request) => request.resume(), { client: store.client })
      await send(server.url, { headers: octets, body: large, chunkBytes: 65_536, abortAfterBytes: 131_072 })
      const { request, response } = capturedExchange(await tracing.serverAttributes())
      expect(request).toMatchObject({
        size_bytes: 131_072,
        sha256: sha256(large.subarray(0, 131_072)),
        truncated: true,
      })
      expect(response).toBeUndefined()
    })

    test('the application destroys', async () => {
      await using server = await adapter.serve(
        (request) => request.once('data', () => request.destroy(new Error('no more'))).on('error', () => {}),
        { client: store.client },
      )
      await send(server.url, { headers: octets, body: large })
      expect(capturedExchange(await tracing.serverAttributes()).request).toMatchObject({ truncated: true })
    })

    test('waits for 100 Continue, which is sent as ever', async () => {
      await using server = await adapter.serve(
        async (request, response) => response.end(sha256(await consume(request))),
        { client: store.client },
      )
      const received = await send(server.url, {
        headers: { ...octets, expect: '100-continue' },
        body: 'after the handshake',
        chunkBytes: 5,
      })
      expect(received.body.toString()).toBe(sha256('after the handshake'))
      const { request } = capturedExchange(await tracing.serverAttributes())
      expect(request).toMatchObject({ sha256: sha256('after the handshake') })
    })

    test('has trailers, which the application gets', async () => {
      await using server = await adapter.serve(
        async (request, response) => {
          await consume(request)
          response.end(request.trailers['x-checksum'])
        },
        { client: store.client },
      )
      const socket = connect(server.port, '127.0.0.1')
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n')
      socket.write('Content-Type: text/plain\r\nTrailer: X-Checksum\r\n\r\n')
      socket.write('5\r\nhello\r\n0\r\nX-Checksum: 42\r\n\r\n')
      const answer = (await consume(socket)).toString()
      expect(answer).toMatch(/\r\n\r\n(?:2\r\n)?42/)
      expect(capturedExchange(await tracing.serverAttributes()).request).toMatchObject({ sha256: sha256('hello') })
    })

    test('shares its connection with the next one', async () => {
      await using server = await adapter.serve(async (request, response) => response.end(await consume(request)), {
        client: store.client,
      })
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (const body of ['the first', 'the second, which is longer']) {
        tracing.reset()
        const received = await send(server.url, { headers: octets, body, agent })
        expect(received.body.toString()).toBe(body)
        const { request, response } = capturedExchange(await tracing.serverAttributes())
        expect([request?.sha256, response?.sha256]).toEqual([sha256(body), sha256(body)])
      }
      agent.destroy()
    })

    test('is larger than the cap: digest and size, but nothing stored', async () => {
      await using server = await adapter.serve(
        async (request, response) => response.end(sha256(await consume(request))),
        { client: store.client, maxBodyBytes: 1024 * 1024 - 1 },
      )
      await send(server.url, { headers: octets, body: large })
      const attributes = await tracing.serverAttributes()
      const { request } = capturedExchange(attributes)
      expect(request).toMatchObject({ sha256: sha256(large), size_bytes: large.length, dropped: 'too_large' })
      expect((await store.blobs()).has(sha256(large))).toBe(false)
      expect(attributes).not.toHaveProperty('http.request.body.content_ref')
    })

    test('is JSON larger than the cap: size and a digest that confirms no guess, but nothing stored', async () => {
      await using server = await adapter.serve(
        async (request, response) => response.end(sha256(await consume(request))),
        { client: store.client, maxBodyBytes: 1000, previewBytes: 100 },
      )
      const body = JSON.stringify({ text: 'x'.repeat(100_000) })
      await send(server.url, { headers: { 'content-type': 'application/json' }, body })
      const attributes = await tracing.serverAttributes()
      const { request } = capturedExchange(attributes)
      expect(request).toMatchObject({ size_bytes: body.length, dropped: 'too_large' })
      expect(request?.sha256).not.toBe(sha256(body))
      expect(attributes).not.toHaveProperty('http.request.body.content')
    })
  })

  describe(`${adapter.name} leaves alone`, () => {
    test.each([
      ['a request without a body', {}, {}],
      ['an empty body', { method: 'POST', headers: { 'content-length': 0 } }, {}],
      ['a body of a type that is not on the list', { headers: { 'content-type': 'application/zip' }, body: 'PK' }, {}],
      ['a body when request bodies are turned off', { headers: octets, body: 'abc' }, { request: false }],
    ])('%s', async (_, sent, options) => {
      await using server = await adapter.serve(async (request, response) => response.end(await consume(request)), {
        client: store.client,
        ...options,
      })
      await send(server.url, sent)
      expect(capturedExchange(await tracing.serverAttributes()).request).toBeUndefined()
    })
  })
}

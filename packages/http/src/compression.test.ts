import { randomBytes } from 'node:crypto'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import compression from 'compression'
import { capturedExchange, createStore, listen, run, send, sha256, startTracing } from '@span-artifacts/http-testing'
import { describe, expect, test } from 'vitest'
import { createHttpCapture } from './index.js'

const tracing = startTracing()
const { client } = createStore()
const capture = createHttpCapture({ client, previewBytes: 30 })
const text = 'compressible text, line after line\n'.repeat(300)

describe('with compression()', () => {
  test.each(['gzip', 'br'])('installed before the capture, the plain text is captured (%s)', async (encoding) => {
    await using server = await listen(async (request, response) => {
      await run(compression({ threshold: 0 }), request, response)
      capture(request, response)
      response.setHeader('content-type', 'text/plain')
      response.write(text.slice(0, 1000))
      response.end(text.slice(1000))
    })
    const received = await send(server.url, { headers: { 'accept-encoding': encoding } })
    expect(received.headers['content-encoding']).toBe(encoding)
    const decode = encoding === 'br' ? brotliDecompressSync : gunzipSync
    expect(decode(received.body).toString()).toBe(text)
    const attributes = await tracing.serverAttributes()
    const { response } = capturedExchange(attributes)
    expect(response).toMatchObject({ sha256: sha256(text), size_bytes: text.length })
    expect(response).not.toHaveProperty('content_encoding')
    expect(attributes['http.response.body.content']).toBe(text.slice(0, 30))
  })

  test.each(['gzip', 'br'])('installed after the capture, the encoded bytes are captured (%s)', async (encoding) => {
    await using server = await listen(async (request, response) => {
      capture(request, response)
      await run(compression({ threshold: 0 }), request, response)
      response.setHeader('content-type', 'text/plain')
      response.write(text.slice(0, 1000))
      response.end(text.slice(1000))
    })
    const received = await send(server.url, { headers: { 'accept-encoding': encoding } })
    const attributes = await tracing.serverAttributes()
    expect(capturedExchange(attributes).response).toMatchObject({
      sha256: sha256(received.body),
      size_bytes: received.body.length,
      content_encoding: encoding,
    })
    expect(attributes['http.response.body.content']).toBe(text.slice(0, 30))
  })

  test('on either side, a HEAD request has no body to capture', async () => {
    for (const order of ['outside', 'inside']) {
      tracing.reset()
      await using server = await listen(async (request, response) => {
        if (order === 'inside') capture(request, response)
        await run(compression({ threshold: 0 }), request, response)
        if (order === 'outside') capture(request, response)
        response.setHeader('content-type', 'text/plain')
        response.end(text)
      })
      await send(server.url, { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } })
      expect(capturedExchange(await tracing.serverAttributes()).response).toBeUndefined()
    }
  })
})

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
])('a large answer that is encoded already has a preview (%s)', async (encoding, encode) => {
  const json = `{"id":1,"text":"${randomBytes(150_000).toString('base64')}"}`
  await using server = await listen((request, response) => {
    capture(request, response)
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding })
    response.end(encode(json))
  })
  const { body } = await send(server.url)
  const attributes = await tracing.serverAttributes()
  expect(capturedExchange(attributes).response).toMatchObject({ sha256: sha256(body), content_encoding: encoding })
  expect(attributes['http.response.body.content']).toBe(json.slice(0, 30))
})

test('a large answer in UTF-16 has a preview as long as any other', async () => {
  const wide = createHttpCapture({ client, previewBytes: 2000 })
  const plain = 'in a wide charset, '.repeat(5000)
  await using server = await listen((request, response) => {
    wide(request, response)
    response.setHeader('content-type', 'text/plain; charset=utf-16le')
    response.end(Buffer.from(plain, 'utf16le'))
  })
  await send(server.url)
  const attributes = await tracing.serverAttributes()
  expect(attributes['http.response.body.content']).toBe(plain.slice(0, 2000))
})

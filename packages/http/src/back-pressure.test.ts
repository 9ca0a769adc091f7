import { createHash } from 'node:crypto'
import { request as sendRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { capturedExchange, createStore, listen, sha256, startTracing } from '@span-artifacts/http-testing'
import { expect, test } from 'vitest'
import { createHttpCapture } from './index.js'

const MEGABYTE = 1024 * 1024
const TOTAL_BYTES = 48 * MEGABYTE
/** What the buffers of two sockets and two streams hold between them, with room to spare. */
const BUFFERED_BYTES = 16 * MEGABYTE

const tracing = startTracing()
const { client } = createStore()
const capture = createHttpCapture({ client })

/** Waits until a count no longer grows. */
async function settled(count: () => number): Promise<number> {
  let before = -1
  while (count() !== before) {
    before = count()
    await delay(50)
  }
  return before
}

/** Megabytes of bytes, counted and hashed as they are taken. */
function source(): { stream: Readable; produced: () => number; digest: () => string } {
  const hash = createHash('sha256')
  let produced = 0
  const stream = new Readable({
    read() {
      const chunk = produced < TOTAL_BYTES ? Buffer.alloc(65_536, produced / 65_536) : null
      produced += chunk?.length ?? 0
      if (chunk !== null) hash.update(chunk)
      this.push(chunk)
    },
  })
  return { stream, produced: () => produced, digest: () => hash.digest('hex') }
}

test('an application that does not read holds its client back, and gets everything in the end', async () => {
  const upload = source()
  const received = createHash('sha256')
  let held = 0
  await using server = await listen(async (request, response) => {
    capture(request, response)
    held = await settled(upload.produced)
    for await (const chunk of request) received.update(chunk)
    response.end('all read')
  })
  const outgoing = sendRequest(server.url, { method: 'POST', headers: { 'content-type': 'video/mp4' } })
  const answered = new Promise<IncomingMessage>((resolve) => outgoing.once('response', resolve))
  upload.stream.pipe(outgoing)
  ;(await answered).resume()
  expect(held).toBeLessThan(BUFFERED_BYTES)
  const digest = upload.digest()
  expect(received.digest('hex')).toBe(digest)
  const { request } = capturedExchange(await tracing.serverAttributes())
  expect(request).toMatchObject({ sha256: digest, size_bytes: TOTAL_BYTES, dropped: 'too_large' })
})

test('a client that does not read holds the application back, and gets everything in the end', async () => {
  const download = source()
  await using server = await listen((request, response) => {
    capture(request, response)
    response.setHeader('content-type', 'video/mp4')
    download.stream.pipe(response)
  })
  const incoming = await new Promise<IncomingMessage>((resolve) => sendRequest(server.url, resolve).end())
  expect(await settled(download.produced)).toBeLessThan(BUFFERED_BYTES)
  const received = createHash('sha256')
  for await (const chunk of incoming) received.update(chunk)
  const digest = download.digest()
  expect(received.digest('hex')).toBe(digest)
  const { response } = capturedExchange(await tracing.serverAttributes())
  expect(response).toMatchObject({ sha256: digest, size_bytes: TOTAL_BYTES, dropped: 'too_large' })
})

test('a client that sends byte by byte is captured as a whole', async () => {
  const body = 'one byte at a time'
  await using server = await listen((request, response) => {
    capture(request, response)
    request.pipe(response)
  })
  const outgoing = sendRequest(server.url, { method: 'POST', headers: { 'content-type': 'text/plain' } })
  outgoing.flushHeaders()
  const incoming = new Promise<IncomingMessage>((resolve) => outgoing.once('response', resolve))
  for (const byte of body) {
    outgoing.write(byte)
    await delay(2)
  }
  outgoing.end()
  ;(await incoming).resume()
  expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
    request: { sha256: sha256(body) },
    response: { sha256: sha256(body) },
  })
})

import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { exchange } from '../testing/http-exchange.js'
import { openWire } from '../testing/wire.js'
import { createHttpServer, type HttpServer, type HttpServerTimes, type RequestHandler } from './http-server.js'

const patienceMs = 60_000

async function listening(handler: RequestHandler, times?: HttpServerTimes): Promise<HttpServer & { url: string }> {
  const server = createHttpServer(handler, times)
  const url = await server.listen('127.0.0.1', 0)
  onTestFinished(() => server.close(0))
  return { ...server, url }
}

test('a request under way when the server closes gets its whole answer', async () => {
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const server = await listening(async (request, response) => {
    const body = await text(request)
    reached.resolve()
    await released.promise
    response.end(body)
  })
  const answer = exchange(server.url, { method: 'POST', body: 'still here' })
  await reached.promise
  const closed = server.close(patienceMs)
  released.resolve()
  expect((await answer).text).toBe('still here')
  await closed
})

test('a connection kept alive does not hold up the closing', async () => {
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const server = await listening(async (_request, response) => {
    reached.resolve()
    await released.promise
    response.end('done')
  })
  const wire = await openWire(server.url)
  wire.write('GET / HTTP/1.1\r\nhost: test\r\n\r\n')
  await reached.promise
  const closed = server.close(patienceMs)
  released.resolve()
  expect(await wire.closed()).toContain('done')
  await closed
})

test('a request that does not end is cut off at the deadline, and its handler is waited for', async () => {
  let cleanedUp = false
  const server = await listening(async (request) => {
    await text(request).catch(() => new Promise((resolve) => setTimeout(resolve, 50)))
    cleanedUp = true
  })
  const wire = await openWire(server.url)
  wire.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\nhalf')
  await server.close(50)
  expect(cleanedUp).toBe(true)
})

test('a client that goes on sending after the answer is cut off after a while', async () => {
  const server = await listening((_request, response) => Promise.resolve(response.writeHead(403).end('no')), {
    lingerMs: 100,
  })
  const wire = await openWire(server.url)
  wire.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100000000\r\n\r\nsome of it')
  expect(await wire.closed()).toMatch(/^HTTP\/1\.1 403 /)
})

test('a client that still sends after the answer does not hold up the closing', async () => {
  const server = await listening((_request, response) => Promise.resolve(response.writeHead(403).end('no')), {
    lingerMs: patienceMs,
  })
  const wire = await openWire(server.url)
  wire.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100000000\r\n\r\nsome of it')
  await wire.until('no')
  await server.close(patienceMs)
  await expect(exchange(server.url)).rejects.toThrow('ECONNREFUSED')
})

test('a small body that nobody read does not cost the connection', async () => {
  const server = await listening((_request, response) => Promise.resolve(response.writeHead(404).end('no')))
  const wire = await openWire(server.url)
  wire.write('POST /1 HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello')
  await wire.until('no')
  wire.write('POST /2 HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello')
  await expect.poll(() => wire.received().match(/404/g)?.length).toBe(2)
})

test('a client that takes nothing of its answer is cut off after a while', async () => {
  const cutOff = Promise.withResolvers<boolean>()
  const server = await listening(
    async (_request, response) => {
      response.once('close', () => cutOff.resolve(response.writableFinished))
      response.end(Buffer.alloc(64 * 1024 * 1024))
    },
    { idleTimeoutMs: 100 },
  )
  const wire = await openWire(server.url)
  wire.socket.pause()
  wire.write('GET / HTTP/1.1\r\nhost: test\r\n\r\n')
  expect(await cutOff.promise).toBe(false)
})

test('a connection on which no whole head of a request comes is closed', async () => {
  const server = await listening(async (_request, response) => response.end('done'), { headersTimeoutMs: 100 })
  const [silent, halting] = [await openWire(server.url), await openWire(server.url)]
  halting.write('GET / HTTP/1.1\r\nhost: test\r\n')
  expect(await silent.closed()).not.toContain('done')
  expect(await halting.closed()).toMatch(/^HTTP\/1\.1 408 /)
})

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { exchange } from '../testing/http-exchange.js'
import { createHttpServer } from './http-server.js'
import { mediaTypeOf, readBody } from './request-body.js'

test('a disk that is slower than the client is not held against the client', async () => {
  const pace = { minimumBytesPerSecond: 1_000_000_000, windowMs: 500 }
  const server = createHttpServer(async (request, response) => {
    let length = 0
    for await (const chunk of readBody(request, response, pace)) {
      length += chunk.length
      await sleep(700)
    }
    response.end(String(length))
  })
  const url = await server.listen('127.0.0.1', 0)
  onTestFinished(() => server.close(0))
  const answer = await exchange(url, { method: 'POST', body: Buffer.alloc(100_000) })
  expect(answer.text).toBe('100000')
})

test.each([
  [undefined, ''],
  ['Application/JSON; charset=utf-8', 'application/json'],
  [' text/plain ;', 'text/plain'],
])('the media type of %j is %j', (header, mediaType) => {
  expect(mediaTypeOf(header)).toBe(mediaType)
})

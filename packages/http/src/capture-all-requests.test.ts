import { createServer } from 'node:http'
import { configureArtifacts, memoryDestination } from '@span-artifacts/core'
import {
  describeHttpCapture,
  listen,
  send,
  startTracing,
  capturedExchange,
  createStore,
  sha256,
} from '@span-artifacts/http-testing'
import { afterEach, describe, expect, test } from 'vitest'
import { captureAllRequests, createHttpCapture, type StopCapturing } from './index.js'

const tracing = startTracing()

describeHttpCapture(
  {
    name: 'the capture of all requests',
    serve: async (application, options) => {
      const stop = options && captureAllRequests(options)
      const server = await listen(application)
      const close = async (): Promise<void> => {
        stop?.()
        await server.close()
      }
      return { ...server, close, [Symbol.asyncDispose]: close }
    },
  },
  tracing,
)

const captured = async (url: string, headers = {}): Promise<string | undefined> => {
  tracing.reset()
  await send(url, { headers })
  return capturedExchange(await tracing.serverAttributes()).response?.sha256
}

describe('the capture of all requests', () => {
  const { client } = createStore()
  let stop: StopCapturing | undefined
  afterEach(() => stop?.())

  test('finds servers that were there before it, and leaves them when it is stopped', async () => {
    await using server = await listen((_, response) => response.end('found'))
    expect(await captured(server.url)).toBeUndefined()
    stop = captureAllRequests({ client })
    expect(await captured(server.url)).toBe(sha256('found'))
    expect(await captured(server.url)).toBe(sha256('found'))
    stop()
    expect(await captured(server.url)).toBeUndefined()
    stop = captureAllRequests({ client })
    expect(await captured(server.url)).toBe(sha256('found'))
  })

  test('leaves nothing on the servers that it has watched', async () => {
    const node = createServer((_, response) => response.end('watched'))
    await using server = await listen(node)
    for (let time = 0; time < 3; time += 1) {
      stop = captureAllRequests({ client })
      expect(await captured(server.url)).toBe(sha256('watched'))
      expect(node.listenerCount('request')).toBe(2)
      stop()
      expect(node.listenerCount('request')).toBe(1)
    }
  })

  test('needs no options: what it captures goes through the global client', async () => {
    const destination = memoryDestination()
    const global = configureArtifacts({ destination })
    stop = captureAllRequests()
    await using server = await listen((_, response) => response.end('to the global client'))
    expect(await captured(server.url)).toBe(sha256('to the global client'))
    await global.forceFlush()
    expect([...destination.artifacts.keys()]).toEqual([sha256('to the global client')])
  })

  test('goes before a capture that the application installs itself', async () => {
    stop = captureAllRequests({ client, request: false })
    const capture = createHttpCapture({ client })
    await using server = await listen(
      createServer((request, response) => {
        capture(request, response)
        request.resume().on('end', () => response.end('once'))
      }),
    )
    await send(server.url, { body: 'not wanted' })
    const { request, response } = capturedExchange(await tracing.serverAttributes())
    expect([request, response?.sha256]).toEqual([undefined, sha256('once')])
  })

  test.each(['span-artifacts/0.1.0', 'OTel-OTLP-Exporter-JavaScript/0.223.0'])(
    'leaves alone what %s sends, or its own uploads would be captured and uploaded without end',
    async (userAgent) => {
      stop = captureAllRequests({ client })
      await using server = await listen((_, response) => response.end('received'))
      expect(await captured(server.url, { 'user-agent': userAgent })).toBeUndefined()
    },
  )
})

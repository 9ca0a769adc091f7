import { once } from 'node:events'
import { Agent, createServer, request, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listenOnLoopback } from '../listen-on-loopback.js'
import { type FaultProxy, startFaultProxy } from './fault-proxy.js'

const BODY_BYTES = 2_000_000
const body = Buffer.alloc(BODY_BYTES, 'b')

interface Received {
  method: string
  bytes: number
  complete: boolean
}

let server: Server
let received: Received[]
let proxy: FaultProxy
let agent: Agent

beforeEach(async () => {
  received = []
  server = createServer((incoming, outgoing) => {
    const entry = { method: incoming.method ?? '', bytes: 0, complete: false }
    received.push(entry)
    incoming.on('data', (piece: Buffer) => {
      entry.bytes += piece.length
    })
    incoming.on('error', () => {})
    incoming.on('end', () => {
      entry.complete = true
      if (incoming.url === '/large') outgoing.end(body)
      else outgoing.end('fine')
    })
  })
  const port = await listenOnLoopback(server, 0)
  proxy = await startFaultProxy({ target: `http://127.0.0.1:${port}` })
  agent = new Agent({ keepAlive: true, maxSockets: 1 })
})

afterEach(async () => {
  agent.destroy()
  await proxy.close()
  if (server.listening) await closeServer()
})

async function closeServer(): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

/** One exchange through the proxy; `error` is the code of what went wrong. */
async function exchange(
  options: { method?: string; path?: string; body?: Buffer; signal?: AbortSignal } = {},
): Promise<{
  status?: number
  bytes: number
  error?: string
}> {
  let bytes = 0
  try {
    const outgoing = request(`${proxy.url}${options.path ?? '/'}`, {
      agent,
      method: options.method ?? 'GET',
      ...(options.body ? { headers: { 'content-length': options.body.length } } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    })
    const answered = once(outgoing, 'response')
    outgoing.on('error', () => {}) // one that comes after the answer's head shows in its body too
    outgoing.end(options.body)
    const [incoming] = await answered
    for await (const piece of incoming) bytes += piece.length
    return { status: incoming.statusCode, bytes }
  } catch (error) {
    return { bytes, error: error instanceof Error && 'code' in error ? String(error.code) : String(error) }
  }
}

describe('the fault proxy', () => {
  test('lets everything through, several exchanges on one connection', async () => {
    expect(await exchange({ method: 'PUT', body })).toEqual({ status: 200, bytes: 4 })
    expect(await exchange({ path: '/large' })).toEqual({ status: 200, bytes: BODY_BYTES })
    expect(await exchange()).toEqual({ status: 200, bytes: 4 })
    expect(await exchange({ method: 'HEAD' })).toEqual({ status: 200, bytes: 0 })
    expect(proxy.exchanges.map(({ connection, exchange, method }) => [connection, exchange, method])).toEqual([
      [1, 1, 'PUT'],
      [1, 2, 'GET'],
      [1, 3, 'GET'],
      [1, 4, 'HEAD'],
    ])
  })

  test.each([0, 50, 99])('resets at %i percent of a request', async (atPercent) => {
    await proxy.setFault({ kind: 'reset', during: 'request', atPercent })
    const result = await exchange({ method: 'PUT', body })
    expect(result.error).toMatch(/ECONNRESET|EPIPE/)
    const { requestBytes, responseBytes } = proxy.exchanges[0]!
    expect(Math.floor((requestBytes / BODY_BYTES) * 100)).toBe(atPercent)
    expect(responseBytes).toBe(0)
    expect(received.filter(({ complete }) => complete)).toEqual([])
  })

  test.each([0, 50, 99])('resets at %i percent of an answer', async (atPercent) => {
    await proxy.setFault({ kind: 'reset', during: 'response', atPercent })
    const result = await exchange({ path: '/large' })
    expect(result.error).toBe('ECONNRESET')
    expect(Math.floor((proxy.exchanges[0]!.responseBytes / BODY_BYTES) * 100)).toBe(atPercent)
    expect(received[0]).toMatchObject({ complete: true })
  })

  test('loses the answer of a request that went through', async () => {
    await proxy.setFault({ kind: 'loseResponse' })
    expect((await exchange({ method: 'PUT', body })).error).toBe('ECONNRESET')
    expect(received).toEqual([{ method: 'PUT', bytes: BODY_BYTES, complete: true }])
  })

  test('stalls after some bytes, and the connection stays open until the client gives up', async () => {
    await proxy.setFault({ kind: 'stall', during: 'response', afterBytes: 1000 })
    const giveUp = new AbortController()
    const pending = exchange({ path: '/large', signal: giveUp.signal })
    await expect.poll(() => proxy.exchanges[0]?.responseBytes).toBe(1000)
    expect(proxy.openConnections).toBe(1)
    giveUp.abort()
    expect((await pending).error).toMatch(/ABORT_ERR|ECONNRESET/)
  })

  test('a black hole accepts, answers nothing, and passes nothing on', async () => {
    await proxy.setFault({ kind: 'blackHole' })
    const giveUp = new AbortController()
    const pending = exchange({ method: 'PUT', body, signal: giveUp.signal })
    await expect.poll(() => proxy.exchanges.length).toBe(1)
    giveUp.abort()
    expect((await pending).error).toBe('ABORT_ERR')
    expect(received).toEqual([])
  })

  test('refuses connections, and takes them again on the same port', async () => {
    await proxy.setFault({ kind: 'refuse' })
    expect((await exchange()).error).toBe('ECONNREFUSED')
    await proxy.setFault({ kind: 'pass' })
    expect(await exchange()).toEqual({ status: 200, bytes: 4 })
  })

  test('throttles to a rate', async () => {
    await proxy.setFault({ kind: 'throttle', during: 'response', bytesPerSecond: 100_000 })
    const giveUp = new AbortController()
    const pending = exchange({ path: '/large', signal: giveUp.signal })
    await expect.poll(() => proxy.exchanges[0]?.responseBytes).toBeGreaterThan(1000)
    expect(proxy.exchanges[0]!.responseBytes).toBeLessThan(BODY_BYTES)
    giveUp.abort()
    await pending
  })

  test('gives each exchange of a connection its own fault', async () => {
    await proxy.setFault(({ method, exchange }) =>
      method === 'PUT' && exchange === 2 ? { kind: 'reset', during: 'request', atPercent: 50 } : { kind: 'pass' },
    )
    expect(await exchange({ method: 'PUT', body })).toMatchObject({ status: 200 })
    expect((await exchange({ method: 'PUT', body })).error).toMatch(/ECONNRESET|EPIPE/)
    expect(await exchange({ method: 'PUT', body })).toMatchObject({ status: 200 })
    expect(proxy.exchanges.map(({ connection }) => connection)).toEqual([1, 1, 2])
  })

  test('resets stalled connections when it is told to', async () => {
    await proxy.setFault({ kind: 'blackHole' })
    const pending = exchange()
    await expect.poll(() => proxy.exchanges.length).toBe(1)
    proxy.resetConnections()
    expect((await pending).error).toBe('ECONNRESET')
    await expect.poll(() => proxy.openConnections).toBe(0)
  })

  test('a server that is down shows as a reset', async () => {
    await closeServer()
    expect((await exchange()).error).toBe('ECONNRESET')
  })
})

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { resetSocket } from '../reset-socket.js'
import { type Direction, type Fault, type Passage, passageOf } from './fault.js'
import { HttpMessageReader, type MessagePart } from './http-message-reader.js'

/** A throttled message goes out this often, or byte by byte where the rate is lower. */
const THROTTLE_STEP_MS = 50
const MS_PER_SECOND = 1000
const NO_BODY_ANSWER = /^HTTP\/1\.[01] (?:1\d\d|204|304)\b/
const INTERIM_ANSWER = /^HTTP\/1\.[01] 1\d\d\b/

/** One request and its answer as the proxy saw them. */
export interface ProxiedExchange {
  /** the connection it came on, counted from 1 */
  connection: number
  /** its place on that connection, counted from 1 */
  exchange: number
  method: string
  /** path and query as on the wire */
  path: string
  fault: Fault
  /** bytes of the request that reached the target */
  requestBytes: number
  /** bytes of the answer that reached the client */
  responseBytes: number
}

/** What one connection needs from its proxy. */
export interface ConnectionContext {
  number: number
  client: Socket
  /** opens the connection to the target */
  connect(): Promise<Socket>
  chooseFault(exchange: Omit<ProxiedExchange, 'fault' | 'requestBytes' | 'responseBytes'>): Fault
  record(exchange: ProxiedExchange): void
  /** aborted when the connection is to be torn down: ends waits */
  signal: AbortSignal
}

/** Carries one client connection, exchange by exchange, until either side closes it or a fault does. Never rejects. */
export async function proxyConnection(context: ConnectionContext): Promise<void> {
  const { client } = context
  const waiting: ProxiedExchange[] = []
  let exchanges = 0
  let target: Socket | undefined
  let answers: Promise<void> = Promise.resolve()

  const abandon = (): void => {
    resetSocket(client)
    if (target) resetSocket(target)
  }

  const openTarget = async (): Promise<Socket> => {
    const opened = await context.connect()
    target = opened
    const reader = new HttpMessageReader((startLine) => NO_BODY_ANSWER.test(startLine) || waiting[0]?.method === 'HEAD')
    const carrier = messageCarrier('response', context.signal, abandon)
    answers = (async () => {
      for await (const chunk of opened as AsyncIterable<Buffer>) {
        for (const part of reader.push(chunk)) {
          const exchange = waiting[0]
          if (!exchange) throw new Error('the target answered without a request')
          const isInterim = part.head !== undefined && INTERIM_ANSWER.test(part.head.startLine)
          await carrier(part, exchange, client)
          if (part.last && !isInterim) waiting.shift()
        }
      }
      client.end()
    })().catch(abandon)
    return opened
  }

  const reader = new HttpMessageReader(() => false)
  const carrier = messageCarrier('request', context.signal, abandon)
  try {
    let current: ProxiedExchange | undefined
    for await (const chunk of client as AsyncIterable<Buffer>) {
      for (const part of reader.push(chunk)) {
        if (part.head) {
          exchanges += 1
          const [method = '', path = ''] = part.head.startLine.split(' ')
          const place = { connection: context.number, exchange: exchanges, method, path }
          current = { ...place, fault: context.chooseFault(place), requestBytes: 0, responseBytes: 0 }
          waiting.push(current)
          context.record(current)
        }
        if (!current) throw new Error('a body came before a head')
        await carrier(part, current, () => target ?? openTarget())
      }
    }
    target?.end()
  } catch {
    abandon()
  }
  await answers
}

/** Writes the parts of consecutive messages to the other side, as far as their fault lets them pass. */
function messageCarrier(direction: Direction, signal: AbortSignal, abandon: () => void) {
  let passage: Passage | undefined
  let passedBytes = 0

  return async (
    part: MessagePart,
    exchange: ProxiedExchange,
    to: Socket | (() => Socket | Promise<Socket>),
  ): Promise<void> => {
    if (part.head) {
      passage = passageOf(exchange.fault, direction, part.head, part.bytes.length)
      passedBytes = 0
    }
    if (!passage) throw new Error('a body came before a head')
    const allowed = part.bytes.subarray(0, Math.max(0, passage.allowedBytes - passedBytes))
    if (allowed.length > 0) {
      await writeAtRate(typeof to === 'function' ? await to() : to, allowed, passage.bytesPerSecond, signal)
      passedBytes += allowed.length
      exchange[direction === 'request' ? 'requestBytes' : 'responseBytes'] += allowed.length
    }
    if (allowed.length === part.bytes.length) return

    switch (passage.beyond) {
      case 'reset':
        abandon()
        await aborted(signal)
        break
      case 'stall':
        await aborted(signal)
        break
      case 'swallowThenReset':
        if (part.last) abandon()
        break
      case 'swallowThenHang':
        if (part.last) await aborted(signal)
        break
    }
  }
}

async function writeAtRate(to: Socket, bytes: Buffer, bytesPerSecond: number, signal: AbortSignal): Promise<void> {
  if (bytesPerSecond === Number.POSITIVE_INFINITY) {
    if (!to.write(bytes)) await drained(to, signal)
    return
  }
  const stepBytes = Math.max(1, Math.floor((bytesPerSecond * THROTTLE_STEP_MS) / MS_PER_SECOND))
  for (let start = 0; start < bytes.length; start += stepBytes) {
    const step = bytes.subarray(start, start + stepBytes)
    to.write(step)
    await delay((step.length / bytesPerSecond) * MS_PER_SECOND, undefined, { signal })
  }
}

/** Resolves when the socket takes more, or never will: its closing and the teardown count, so that no wait outlives them. */
async function drained(socket: Socket, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      socket.off('drain', finish)
      socket.off('close', finish)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    socket.on('drain', finish)
    socket.on('close', finish)
    signal.addEventListener('abort', finish)
    if (socket.destroyed || signal.aborted) finish()
  })
}

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw new Error('the connection was torn down')
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from './api-error.js'

/** How slow a body may come. */
export interface BodyPace {
  /** Fewer bytes per second than this, measured over one window, end the request. */
  minimumBytesPerSecond: number
  /** Length of a window, milliseconds. */
  windowMs: number
}

const msPerSecond = 1000
const retryAfterOverloadSeconds = 1

/** Requests that wait for `100 Continue` before they send their body (RFC 9110, section 10.1.1). */
const awaitingContinue = new WeakMap<IncomingMessage, { shouldKeepAlive: boolean }>()

/** Notes that a request came with `Expect: 100-continue`. It is let through when something starts to read its body. */
export function holdContinue(request: IncomingMessage, response: ServerResponse): void {
  awaitingContinue.set(request, { shouldKeepAlive: response.shouldKeepAlive })
  // After a final answer nobody knows whether the body still comes, so the connection cannot be used again.
  response.shouldKeepAlive = false
}

/**
 * The bytes of a request's body as they come.
 *
 * @throws ApiError 408 from the iteration when the body comes slower than `pace`; an `Error` when the client goes away
 */
export async function* readBody(
  request: IncomingMessage,
  response: ServerResponse,
  pace: BodyPace,
): AsyncGenerator<Buffer> {
  const held = awaitingContinue.get(request)
  if (held !== undefined) {
    awaitingContinue.delete(request)
    response.shouldKeepAlive = held.shouldKeepAlive
    response.writeContinue()
  }
  // Leaving the loop early must not destroy the request, as that would take the connection and the answer with it.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  let receivedBytes = 0
  // What the disk takes to store a chunk is not the client's time.
  let storingMs = 0
  let failWait: ((error: ApiError) => void) | undefined
  const watchdog = setInterval(() => {
    const minimumBytes = (pace.minimumBytesPerSecond * (pace.windowMs - storingMs)) / msPerSecond
    if (receivedBytes < minimumBytes) failWait?.(tooSlow(pace))
    receivedBytes = 0
    storingMs = 0
  }, pace.windowMs)
  try {
    for (;;) {
      const result = await new Promise<IteratorResult<Buffer>>((resolve, reject) => {
        failWait = reject
        chunks.next().then(resolve, reject)
      })
      failWait = undefined
      if (result.done === true) return
      receivedBytes += result.value.length
      const storingSince = performance.now()
      yield result.value
      storingMs += performance.now() - storingSince
    }
  } finally {
    clearInterval(watchdog)
  }
}

/** Options of {@link readWholeBody}. */
export interface WholeBodyOptions {
  /** Longest body, bytes. */
  maxBytes: number
  pace: BodyPace
  /** Shared by requests that hold large bodies in memory. */
  memory?: BodyMemory
}

/** How much memory the bodies of all requests under way may take together. */
export interface BodyMemory {
  /** Bytes still to be had. A body that was read whole is given back by who reads it, when it is no longer needed. */
  availableBytes: number
}

/**
 * The whole body of a request.
 *
 * @throws ApiError 413 when it is longer than `maxBytes`, 408 when it comes too slowly, 503 when `memory` is used up
 */
export async function readWholeBody(
  request: IncomingMessage,
  response: ServerResponse,
  options: WholeBodyOptions,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > options.maxBytes) throw bodyTooLarge(options.maxBytes)
  const { maxBytes, pace, memory = { availableBytes: Infinity } } = options
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of readBody(request, response, pace)) {
      length += chunk.length
      memory.availableBytes -= chunk.length
      if (length > maxBytes) throw bodyTooLarge(maxBytes)
      if (memory.availableBytes < 0) throw overloaded()
      chunks.push(chunk)
    }
    return Buffer.concat(chunks, length)
  } catch (error) {
    memory.availableBytes += length
    throw error
  }
}

/** A body longer than the endpoint takes. */
export function bodyTooLarge(maxBytes: number): ApiError {
  return new ApiError(413, 'body_too_large', `the body is larger than the ${maxBytes} bytes that this endpoint takes`)
}

/** The media type of a `Content-Type` header, without its parameters and in lower case. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase()
}

function overloaded(): ApiError {
  return new ApiError(503, 'overloaded', 'the server is busy with too many large requests; try again later', {
    retryable: true,
    headers: { 'retry-after': String(retryAfterOverloadSeconds) },
  })
}

function tooSlow(pace: BodyPace): ApiError {
  const { minimumBytesPerSecond, windowMs } = pace
  const message = `the body came slower than ${minimumBytesPerSecond} bytes per second for ${windowMs / msPerSecond} seconds`
  return new ApiError(408, 'upload_too_slow', message, { retryable: true, headers: { connection: 'close' } })
}

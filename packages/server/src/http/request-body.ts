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

/** Requests that wait for `100 Continue` before they send their body (RFC 9110, section 10.1.1). */
const awaitingContinue = new WeakSet<IncomingMessage>()

/** Notes that a request came with `Expect: 100-continue`. It is let through when something starts to read its body. */
export function holdContinue(request: IncomingMessage, response: ServerResponse): void {
  awaitingContinue.add(request)
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
  if (awaitingContinue.delete(request)) {
    response.shouldKeepAlive = true
    response.writeContinue()
  }
  // Leaving the loop early must not destroy the request, as that would take the connection and the answer with it.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  const minimumBytes = (pace.minimumBytesPerSecond * pace.windowMs) / msPerSecond
  let receivedBytes = 0
  let failWait: ((error: ApiError) => void) | undefined
  const watchdog = setInterval(() => {
    // While nobody waits, it is the disk that is slow, not the client.
    if (failWait !== undefined && receivedBytes < minimumBytes) failWait(tooSlow(pace))
    receivedBytes = 0
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
      yield result.value
    }
  } finally {
    clearInterval(watchdog)
  }
}

/** Options of {@link readWholeBody}. */
export interface WholeBodyOptions {
  maxBytes: number
  pace: BodyPace
}

/**
 * The whole body of a request.
 *
 * @throws ApiError 413 when it is longer than `maxBytes`, 408 when it comes too slowly
 */
export async function readWholeBody(
  request: IncomingMessage,
  response: ServerResponse,
  options: WholeBodyOptions,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > options.maxBytes) throw bodyTooLarge(options.maxBytes)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of readBody(request, response, options.pace)) {
    length += chunk.length
    if (length > options.maxBytes) throw bodyTooLarge(options.maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

/** A body longer than the endpoint takes. */
export function bodyTooLarge(maxBytes: number): ApiError {
  return new ApiError(413, 'body_too_large', `the body is larger than the ${maxBytes} bytes that this endpoint takes`)
}

/** The media type of a `Content-Type` header, without its parameters and in lower case. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase()
}

function tooSlow(pace: BodyPace): ApiError {
  const { minimumBytesPerSecond, windowMs } = pace
  const message = `the body came slower than ${minimumBytesPerSecond} bytes per second for ${windowMs / msPerSecond} seconds`
  return new ApiError(408, 'upload_too_slow', message, { retryable: true, headers: { connection: 'close' } })
}

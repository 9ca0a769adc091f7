import type { ServerResponse } from 'node:http'
import { overrideMethod } from './override-method.js'

/** Sees a response body pass by. No method may throw. */
export interface ResponseSink {
  /** Called once, before the first byte leaves: headers and status are what the application meant them to be. */
  start(): void
  /** @param bytes valid only during the call: the application owns the buffer and may change it afterwards */
  write(bytes: Uint8Array): void
  /** Called once, with the whole body seen, before the original `end` runs. */
  end(): void
}

/**
 * Shows a sink every byte that the application writes into a response.
 *
 * `write` and `end` are overridden on the instance; the originals get the same arguments and their return values are
 * returned, so back-pressure and callbacks stay as they are. `HEAD`, `204` and `304` have no body whatever the
 * application writes (RFC 9110 §6.4.1), and writes after `end` never reach the wire.
 */
export function tapResponse(response: ServerResponse, sink: ResponseSink): void {
  const { write: originalWrite, end: originalEnd } = response
  let started = false
  let bodiless = false
  let ended = false

  const see = (chunk: unknown, encoding: unknown): void => {
    if (!started) {
      started = true
      bodiless = hasNoBody(response)
      if (!bodiless) sink.start()
    }
    if (bodiless) return
    if (typeof chunk === 'string') {
      if (chunk !== '')
        sink.write(Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8'))
    } else if (chunk instanceof Uint8Array) {
      if (chunk.length > 0) sink.write(chunk)
    }
  }

  overrideMethod(response, 'write', function write(this: ServerResponse, ...parameters: unknown[]): boolean {
    // HTTP/2's `end(chunk)` calls `this.write(chunk)`: `ended` is true by then, so nothing is seen twice.
    if (!ended && !response.writableEnded && !response.destroyed) see(parameters[0], parameters[1])
    return Reflect.apply(originalWrite, this, parameters)
  })
  overrideMethod(response, 'end', function end(this: ServerResponse, ...parameters: unknown[]): ServerResponse {
    // Node throws on a chunk of another type, and the application may then try again.
    if (!ended && isEndParameter(parameters[0])) {
      ended = true
      if (!response.writableEnded) see(parameters[0], parameters[1])
      sink.end()
    }
    return Reflect.apply(originalEnd, this, parameters)
  })
}

function isEndParameter(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    ['string', 'function'].includes(typeof value) ||
    value instanceof Uint8Array
  )
}

function hasNoBody(response: ServerResponse): boolean {
  const { statusCode } = response
  return response.req?.method === 'HEAD' || statusCode === 204 || statusCode === 304
}

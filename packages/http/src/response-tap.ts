import { observeMethod } from './observe-method.js'
import { textBytes } from './readable-tap.js'
import type { CapturedResponse } from './http-messages.js'

/** Sees a response body pass by. No method may throw. */
export interface ResponseSink {
  /** Called once, before the first byte leaves: headers and status are what the application meant them to be. */
  start(): void
  /**
   * @param isOwn whether the bytes were made for this call; otherwise they are valid only during the call: the application
   *   owns the buffer and may change it afterwards
   */
  write(bytes: Uint8Array, isOwn: boolean): void
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
export function tapResponse(response: CapturedResponse, sink: ResponseSink): void {
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
      if (chunk !== '') sink.write(textBytes(chunk, encoding), true)
    } else if (chunk instanceof Uint8Array && chunk.length > 0) sink.write(chunk, false)
  }

  observeMethod(response, 'write', ([chunk, encoding]) => {
    // HTTP/2's `end(chunk)` calls `this.write(chunk)`: `ended` is true by then, so nothing is seen twice.
    if (!ended && !response.writableEnded && !response.destroyed) see(chunk, encoding)
  })
  observeMethod(response, 'end', ([chunk, encoding]) => {
    // Node throws on a chunk of another type, and the application may then try again.
    if (ended || !isEndParameter(chunk)) return
    ended = true
    if (!response.writableEnded) see(chunk, encoding)
    sink.end()
  })
}

function isEndParameter(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value instanceof Uint8Array ||
    typeof value === 'string' ||
    typeof value === 'function'
  )
}

function hasNoBody({ req: request, statusCode }: CapturedResponse): boolean {
  return request.method === 'HEAD' || statusCode === 204 || statusCode === 304
}

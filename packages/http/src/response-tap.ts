import { observeMethod } from './observe-method.js'
import { textBytes } from './readable-tap.js'
import type { CapturedResponse } from './http-messages.js'

/** Sees a response body pass by. No method may throw. */
export interface ResponseSink {
  /** Called once, before the first byte leaves: headers and status are what the application meant them to be. */
  begin(): void
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
  const tap = new ResponseTap(response, sink)
  observeMethod(response, 'write', (chunk, encoding) => tap.seeWrite(chunk, encoding))
  observeMethod(response, 'end', (chunk, encoding) => tap.seeEnd(chunk, encoding))
}

class ResponseTap {
  readonly #response: CapturedResponse
  readonly #sink: ResponseSink
  #started = false
  #bodiless = false
  #ended = false

  constructor(response: CapturedResponse, sink: ResponseSink) {
    this.#response = response
    this.#sink = sink
  }

  seeWrite(chunk: unknown, encoding: unknown): void {
    // HTTP/2's `end(chunk)` calls `this.write(chunk)`: `ended` is true by then, so nothing is seen twice.
    if (!this.#ended && !this.#response.writableEnded && !this.#response.destroyed) this.#see(chunk, encoding)
  }

  seeEnd(chunk: unknown, encoding: unknown): void {
    // Node throws on a chunk of another type, and the application may then try again.
    if (this.#ended || !isEndParameter(chunk)) return
    this.#ended = true
    if (!this.#response.writableEnded) this.#see(chunk, encoding)
    this.#sink.end()
  }

  #see(chunk: unknown, encoding: unknown): void {
    if (!this.#started) {
      this.#started = true
      this.#bodiless = hasNoBody(this.#response)
      if (!this.#bodiless) this.#sink.begin()
    }
    if (this.#bodiless) return
    if (typeof chunk === 'string') {
      if (chunk !== '') this.#sink.write(textBytes(chunk, encoding), true)
    } else if (chunk instanceof Uint8Array && chunk.length > 0) this.#sink.write(chunk, false)
  }
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

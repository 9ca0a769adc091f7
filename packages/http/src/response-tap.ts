import { reportFailure } from './diagnostics.js'
import type { CapturedResponse } from './http-messages.js'
import { observeMethod } from './observe-method.js'
import type { OutgoingBody } from './outgoing-body.js'
import { properties } from './properties.js'
import { textBytes } from './readable-tap.js'

/**
 * Shows a body every byte that the application writes into a response.
 *
 * `write` and `end` are overridden on the instance; the originals get the same arguments and their return values are
 * returned, so back-pressure and callbacks stay as they are. `HEAD`, `204` and `304` have no body whatever the
 * application writes (RFC 9110 §6.4.1), and writes after `end` never reach the wire.
 *
 * @param onEnd called inside of `response.end()`, before the original, once; must not throw
 */
export function tapResponse(response: CapturedResponse, body: OutgoingBody, onEnd: () => void): void {
  const tap = new ResponseTap(response, body, onEnd)
  observeMethod(response, 'write', (chunk, encoding) => tap.seeWrite(chunk, encoding))
  observeMethod(response, 'end', (chunk, encoding) => tap.seeEnd(chunk, encoding))
}

class ResponseTap {
  readonly #response: CapturedResponse
  readonly #body: OutgoingBody
  readonly #onEnd: () => void
  #started = false
  #bodiless = false
  #ended = false

  constructor(response: CapturedResponse, body: OutgoingBody, onEnd: () => void) {
    this.#response = response
    this.#body = body
    this.#onEnd = onEnd
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
    this.#body.end()
    this.#onEnd()
  }

  #see(chunk: unknown, encoding: unknown): void {
    if (!this.#started) {
      this.#started = true
      this.#bodiless = hasNoBody(this.#response)
      if (!this.#bodiless) this.#begin()
    }
    if (this.#bodiless) return
    if (typeof chunk === 'string') {
      if (chunk !== '') this.#body.write(textBytes(chunk, encoding), true)
    } else if (chunk instanceof Uint8Array && chunk.length > 0) this.#body.write(chunk, false)
  }

  /** A compression installed around us changes the headers later: what counts is what they are before the first byte. */
  #begin(): void {
    const response = this.#response
    try {
      this.#body.start({
        contentType: sentHeader(response, 'content-type'),
        contentEncoding: sentHeader(response, 'content-encoding'),
        contentDisposition: sentHeader(response, 'content-disposition'),
      })
    } catch (error) {
      reportFailure('response headers', error)
    }
  }
}

/** Headers given to `writeHead` alone are found nowhere but in the head that Node composed of them. */
function sentHeader(response: CapturedResponse, name: string): string | undefined {
  const value = response.getHeader(name)
  if (value !== undefined) return String(value)
  const head = properties(response)['_header']
  return typeof head === 'string' ? new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1] : undefined
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

import { reportProblem } from '@span-artifacts/core'
import type { Http2ServerResponse } from 'node:http2'
import { reportFailure, shield } from './diagnostics.js'
import type { CapturedResponse } from './http-messages.js'
import { observeMethod } from './observe-method.js'
import type { OutgoingBody } from './outgoing-body.js'
import { properties } from './properties.js'
import { textBytes, viewedBytes } from './readable-tap.js'

const MIN_STATUS = 100
const MAX_STATUS = 999

/**
 * Shows a body every byte that the application writes into a response.
 *
 * `write` and `end` are overridden on the instance; the originals get the same arguments and their return values are
 * returned, so back-pressure and callbacks stay as they are. Writes after `end` never reach the wire, and neither does
 * what Node refuses by throwing: the application may then write something else.
 *
 * @param onEnd called once, inside of `response.end()`, before the original where that is known to succeed; must not throw
 */
export function tapResponse(response: CapturedResponse, body: OutgoingBody, onEnd: () => void): void {
  if (hasBegun(response)) {
    reportProblem(
      'response_already_begun',
      'a response had begun before the capture did, so its beginning may be missing: install the capture before what writes',
    )
    if (response.writableEnded) return
    body.spoil()
  }
  const tap = new ResponseTap(response, body, onEnd)
  const seeReturn = (hasReturned: boolean): void => tap.seeReturn(hasReturned)
  observeMethod(response, 'write', (chunk, encoding) => tap.seeWrite(chunk, encoding), seeReturn)
  observeMethod(response, 'end', (chunk, encoding) => tap.seeEnd(chunk, encoding), seeReturn)
}

/** A chunk that is looked at when the head is written. */
interface LateChunk {
  readonly chunk: unknown
  /** Of a text. */
  readonly encoding: unknown
  /** What the response's header said before. */
  readonly contentEncoding: string | undefined
}

class ResponseTap {
  readonly #response: CapturedResponse
  readonly #body: OutgoingBody
  readonly #onEnd: () => void
  /** Calls inside of calls: only the outermost one counts. */
  #depth = 0
  #outerChunk: unknown
  #started = false
  /** Whether bytes were written by a call that has returned. */
  #hasSent = false
  #ended = false
  /** Whether the call that is under way has a chunk, one of an unknown type, ends the body, and has that still to be told. */
  #isWriting = false
  #isUnknown = false
  #isEnding = false
  #tellsEndLater = false
  /** The chunk of the call that is under way, where it can be looked at only when the head is written. */
  #late: LateChunk | undefined

  constructor(response: CapturedResponse, body: OutgoingBody, onEnd: () => void) {
    this.#response = response
    this.#body = body
    this.#onEnd = onEnd
  }

  seeWrite(chunk: unknown, encoding: unknown): void {
    if (!this.#isOuter(chunk) || this.#ended) return
    if (!this.#response.writableEnded && !this.#response.destroyed) this.#seeInTime(chunk, encoding)
  }

  seeEnd(chunk: unknown, encoding: unknown): void {
    if (!this.#isOuter(chunk) || this.#ended) return
    this.#ended = true
    this.#isEnding = true
    if (!this.#response.writableEnded) this.#seeInTime(chunk, encoding)
    this.#body.end()
    this.#tellsEndLater = this.#late !== undefined || !isEndParameter(chunk) || willBeRefused(this.#response)
    if (!this.#tellsEndLater) this.#onEnd()
  }

  seeReturn(hasReturned: boolean): void {
    this.#depth -= 1
    if (this.#depth > 0) return
    this.#outerChunk = undefined
    if (hasReturned) {
      this.#seeLate()
      if (this.#isWriting) {
        this.#hasSent = true
        // Node has taken it, as what we do not know.
        if (this.#isUnknown) this.#body.spoil()
      }
    } else this.#takeBack()
    const tellsEnd = hasReturned && this.#tellsEndLater
    this.#isWriting = false
    this.#isUnknown = false
    this.#isEnding = false
    this.#tellsEndLater = false
    if (tellsEnd) this.#onEnd()
  }

  /** The `end(chunk)` of HTTP/2 calls `this.write(chunk)`. Who writes anything else in there does so before or after the chunk. */
  #isOuter(chunk: unknown): boolean {
    this.#depth += 1
    if (this.#depth === 1) this.#outerChunk = chunk
    else if (isPresent(chunk) && chunk !== '' && chunk !== this.#outerChunk) this.#body.spoil()
    return this.#depth === 1
  }

  /**
   * A chunk is shown before it is written: its memory is the application's, and the response may be over with this call. Only
   * where the headers may still change is it shown when the head is written: that is inside of the call, at whose end the
   * response, and its span, may be over.
   */
  #seeInTime(chunk: unknown, encoding: unknown): void {
    if (this.#started || !decidesHeadersLate(this.#response)) this.#see(chunk, encoding)
    else {
      this.#late = { chunk, encoding, contentEncoding: sentHeader(this.#response, 'content-encoding') }
      const seeHead = (hasReturned: boolean): void => {
        if (hasReturned) this.#seeLate()
      }
      // Where it cannot be overridden, the end of the call is left.
      shield('observing the head', () => observeMethod(this.#response, 'writeHead', ignore, seeHead))
    }
  }

  #seeLate(): void {
    const late = this.#late
    if (late === undefined) return
    this.#late = undefined
    this.#see(late.chunk, late.encoding, late)
    if (!this.#isEnding || !isEndParameter(late.chunk)) return
    this.#tellsEndLater = false
    this.#onEnd()
  }

  #see(chunk: unknown, encoding: unknown, late?: LateChunk): void {
    if (hasNoBodyForSure(this.#response)) return
    if (!this.#started) {
      this.#started = true
      this.#begin(late)
    }
    if (typeof chunk === 'string') {
      if (chunk === '') return
      this.#isWriting = true
      this.#body.write(textBytes(chunk, encoding), true)
    } else if (isPresent(chunk)) {
      this.#isWriting = true
      const bytes = viewedBytes(chunk)
      if (bytes === undefined) this.#isUnknown = true
      else if (bytes.length > 0) this.#body.write(bytes, false)
    }
  }

  /** Node has refused the call: nothing of it was sent, and the headers may be others when the application tries again. */
  #takeBack(): void {
    this.#late = undefined
    if (this.#isEnding) this.#ended = false
    if (!this.#hasSent) {
      this.#started = false
      this.#body.restart()
    } else {
      if (this.#isEnding) this.#body.reopen()
      if (this.#isWriting) this.#body.spoil()
    }
  }

  /** A compression installed around us sets a content-encoding later, for its own bytes: what counts is what it was before. */
  #begin(late: LateChunk | undefined): void {
    const response = this.#response
    try {
      this.#body.start({
        contentType: sentHeader(response, 'content-type'),
        contentEncoding: late === undefined ? sentHeader(response, 'content-encoding') : late.contentEncoding,
        contentDisposition: sentHeader(response, 'content-disposition'),
      })
    } catch (error) {
      reportFailure('response headers', error)
    }
  }
}

/** Whether something has left already. That a head has been composed, as `writeHead` does, is no harm: it has no bytes of the body. */
function hasBegun(response: CapturedResponse): boolean {
  if (response.writableEnded) return true
  return isHttp2(response) ? response.headersSent : properties(response)['_headerSent'] === true
}

/** Headers given to `writeHead` alone are found nowhere but in the head that Node composed of them. */
function sentHeader(response: CapturedResponse, name: string): string | undefined {
  const value = response.getHeader(name)
  if (value !== undefined) return String(value)
  const head = properties(response)['_header']
  return typeof head === 'string' ? new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1] : undefined
}

/** Node calls `writeHead` by itself with the first byte, and who overrides it, as `on-headers` does, sets headers in there. */
function decidesHeadersLate(response: CapturedResponse): boolean {
  return Object.hasOwn(response, 'writeHead') && !response.headersSent
}

function ignore(): void {
  // What `writeHead` is called with is in the head that it writes.
}

/** Node throws at a status that is none, such as the code of an error. */
function willBeRefused({ headersSent, statusCode }: CapturedResponse): boolean {
  return !headersSent && !(statusCode >= MIN_STATUS && Math.trunc(statusCode) <= MAX_STATUS)
}

/** Whether the first parameter of `write` or `end` is a chunk. */
function isPresent(chunk: unknown): boolean {
  return chunk !== undefined && chunk !== null && typeof chunk !== 'function'
}

/** What Node takes whatever kind of response it is. */
function isEndParameter(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    typeof value === 'string' ||
    typeof value === 'function' ||
    value instanceof Uint8Array
  )
}

/**
 * Whether nothing is sent of the body that the application writes (RFC 9110 §6.4.1). Asked before the head has left, it says
 * what will be if nobody changes the status any more.
 */
export function isBodiless(response: CapturedResponse): boolean {
  if (hasNoBodyForSure(response)) return true
  if (!isHttp2(response)) return !response.headersSent && isBodilessStatus(response.statusCode)
  const status = Number(response.stream.sentHeaders?.[':status'] ?? response.statusCode)
  // Over HTTP/1 Node sends the body of a 205, though it must have none.
  return isBodilessStatus(status) || status === 205
}

/** Asks Node, not the request and the status: the application may have changed both since, as method overrides do. */
function hasNoBodyForSure(response: CapturedResponse): boolean {
  if (properties(response)['_hasBody'] === false) return true
  return isHttp2(response) && properties(response.stream)['headRequest'] === true
}

function isBodilessStatus(status: number): boolean {
  return status === 204 || status === 304
}

function isHttp2(response: CapturedResponse): response is Http2ServerResponse {
  return properties(response)['_hasBody'] === undefined && 'stream' in response && Boolean(response.stream)
}

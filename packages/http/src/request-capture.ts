import { reportProblem } from '@span-artifacts/core'
import { IncomingBody } from './incoming-body.js'
import { tapMultipart } from './multipart-tap.js'
import type { BodySettings } from './options.js'
import { properties } from './properties.js'
import { tapReadable } from './readable-tap.js'
import type { CapturedRequest } from './http-messages.js'

/** Captures what comes with a request of Node. */
export class RequestCapture extends IncomingBody {
  readonly #request: CapturedRequest

  constructor(request: CapturedRequest, settings: () => BodySettings) {
    const { headers } = request
    super({ contentType: headers['content-type'], contentEncoding: headers['content-encoding'] }, settings)
    this.#request = request
  }

  /** Starts watching. Does not touch a request that has no body, or none that is wanted. */
  tap(): void {
    const request = this.#request
    if (!hasBody(request)) return
    const wanted = this.plan()
    if (wanted === undefined) return
    if (request.readableDidRead) {
      return reportProblem(
        'request_already_read',
        'a request body was read before the capture began, so it is missing: install the capture before body parsers',
      )
    }
    if (wanted.files) tapMultipart(request, this.form)
    tapReadable(request, this)
  }

  /**
   * A request that nobody reads ends like any other, with only its first bytes delivered: Node "dumps" the rest. And of
   * an aborted one the end never comes.
   */
  protected override isTruncated(seenBytes: number, sawEnd: boolean): boolean {
    const dumped = properties(this.#request)['_dumped'] === true
    if (sawEnd && !dumped) return false
    return seenBytes !== Number(this.#request.headers['content-length'] ?? Number.NaN)
  }
}

/** HTTP/1: a request has a body if it says so in a header (RFC 9112 §6.3). HTTP/2 says it in the first frame's flags. */
function hasBody(request: CapturedRequest): boolean {
  const { headers, httpVersionMajor } = request
  if (headers['transfer-encoding'] !== undefined) return true
  if (headers['content-length'] !== undefined) return headers['content-length'] !== '0'
  if (httpVersionMajor < 2) return false
  const stream: unknown = Reflect.get(request, 'stream')
  return Reflect.get(Object(stream), 'endAfterHeaders') !== true
}

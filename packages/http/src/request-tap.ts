import { reportProblem } from '@span-artifacts/core'
import type { CapturedRequest } from './http-messages.js'
import type { IncomingBody } from './incoming-body.js'
import { tapMultipart } from './multipart-tap.js'
import { properties } from './properties.js'
import { hasLostBytes, tapReadable } from './readable-tap.js'

/** Shows what comes with a request of Node. Does not touch a request that has no body, or none that is wanted. */
export function tapRequest(request: CapturedRequest, body: IncomingBody): void {
  if (!hasBody(request)) return
  const wanted = body.plan()
  if (wanted === undefined) return
  if (request.readableDidRead) {
    return reportProblem(
      'request_already_read',
      'a request body was read before the capture began, so it is missing: install the capture before body parsers',
    )
  }
  if (hasLostBytes(request)) {
    return reportProblem(
      'request_already_decoded',
      'a request body that is no text was decoded as text before the capture began, so it is missing: install the capture earlier',
    )
  }
  if (wanted.files) tapMultipart(request, body.form)
  tapReadable(request, body)
}

/**
 * Whether bytes of a request are missing at the end. One that nobody reads ends like any other, with only its first bytes
 * delivered: Node "dumps" the rest. And of an aborted one the end never comes, or, over HTTP/2, comes like any other.
 */
export function isRequestCut(request: CapturedRequest, { seenBytes, sawEnd }: IncomingBody): boolean {
  const declared = request.headers['content-length']
  const dumped = properties(request)['_dumped'] === true
  if (sawEnd && !dumped && !isStreamCut(request)) return false
  return seenBytes !== Number(declared ?? Number.NaN)
}

/** HTTP/2's compatibility API ends the body of a request also when its stream was reset or its connection is lost. */
function isStreamCut(request: CapturedRequest): boolean {
  if (request.httpVersionMajor < 2) return false
  const stream = http2Stream(request)
  return Boolean(Reflect.get(stream, 'rstCode')) || Reflect.get(stream, 'aborted') === true
}

function http2Stream(request: CapturedRequest): object {
  const stream: unknown = Reflect.get(request, 'stream')
  return typeof stream === 'object' && stream !== null ? stream : {}
}

/** HTTP/1: a request has a body if it says so in a header (RFC 9112 §6.3). HTTP/2 says it in the first frame's flags. */
function hasBody(request: CapturedRequest): boolean {
  const { headers, httpVersionMajor } = request
  if (headers['transfer-encoding'] !== undefined) return true
  if (headers['content-length'] !== undefined) return headers['content-length'] !== '0'
  if (httpVersionMajor < 2) return false
  return Reflect.get(http2Stream(request), 'endAfterHeaders') !== true
}

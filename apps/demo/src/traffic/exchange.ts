import { z } from 'zod'
import { TRACE_ID_HEADER } from '../help-desk/trace-id-header.js'
import { reasonOf, StartError } from '../start/start-error.js'

const REQUEST_TIMEOUT_MS = 60_000
/** What a `Content-Disposition` header calls a file. */
const FILENAME = /;\s*filename="?([^";]+)/

const problemAnswer = z.object({ error: z.object({ message: z.string() }) })

/**
 * What must be stored:
 * - `bytes`: exactly these
 * - `json`: a document of this value, where another form of it was on the wire, or secrets had to go
 */
export type ExpectedContent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'json'; readonly value: unknown; readonly secrets?: readonly string[] }

/** What must be found in the server for one thing that was sent or received. */
export interface ExpectedArtifact {
  /** The attribute under which its reference is. */
  readonly key: string
  /** The form field, where there is one. */
  readonly field?: string
  /** The digest, in hexadecimal, where one attribute refers to several artifacts. */
  readonly sha256?: string
  /** The type that the reference must have, without parameters. */
  readonly contentType: string
  readonly filename?: string
  readonly content: ExpectedContent
}

/** One request, its answer, and what must have become of both. */
export interface Exchange {
  /** For example `POST /tickets`. */
  readonly title: string
  readonly status: number
  readonly traceId: string
  readonly body: Buffer
  readonly expected: readonly ExpectedArtifact[]
}

export interface ExchangeRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly expectedStatus: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: FormData | Buffer<ArrayBuffer> | string
  /** What is captured of the request. */
  readonly expected?: readonly ExpectedArtifact[]
  /** What is captured of the response, where that is not its very bytes. */
  readonly expectedResponse?: (body: Buffer) => ExpectedContent
}

/** Attributes of a captured exchange, by their default names. */
export const REQUEST_BODY_KEY = 'span_artifacts.http.request.body'
export const RESPONSE_BODY_KEY = 'span_artifacts.http.response.body'
export const REQUEST_FILES_KEY = 'span_artifacts.http.request.files'

/**
 * Sends a request over the wire and keeps the bytes that came back.
 *
 * @throws StartError if the answer is not the expected one
 */
export async function exchange(baseUrl: string, request: ExchangeRequest, signal?: AbortSignal): Promise<Exchange> {
  const { method, path, headers, body, expectedStatus, expected = [], expectedResponse } = request
  const title = `${method} ${path}`
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  const response = await fetch(new URL(path, baseUrl), {
    method,
    headers: { ...headers },
    ...(body && { body }),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  }).catch((cause: unknown) => {
    signal?.throwIfAborted()
    throw new StartError(`${title} got no answer: ${reasonOf(cause)}.`, { cause })
  })
  const received = Buffer.from(await response.arrayBuffer())
  if (response.status !== expectedStatus) {
    const why = problemIn(received)
    throw new StartError(`${title} was answered with ${response.status} instead of ${expectedStatus}${why}.`)
  }
  const traceId = response.headers.get(TRACE_ID_HEADER)
  if (traceId === null) {
    throw new StartError(`${title} was answered without a trace: the help desk runs without its instrumentation.`)
  }
  const [contentType = ''] = (response.headers.get('content-type') ?? '').split(';')
  const [, filename] = FILENAME.exec(response.headers.get('content-disposition') ?? '') ?? []
  const content: ExpectedContent = expectedResponse?.(received) ?? { kind: 'bytes', bytes: received }
  const responseBody: ExpectedArtifact = {
    key: RESPONSE_BODY_KEY,
    contentType,
    ...(filename !== undefined && { filename }),
    content,
  }
  return { title, status: response.status, traceId, body: received, expected: [...expected, responseBody] }
}

/** What the help desk says is wrong, after a colon; nothing if it says nothing. */
function problemIn(body: Buffer): string {
  try {
    const { error } = problemAnswer.parse(JSON.parse(body.toString()))
    return `: ${error.message.replace(/\.$/, '')}`
  } catch {
    return ''
  }
}

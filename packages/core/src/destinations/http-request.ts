import { platform } from '#platform'
import { ArtifactUploadError } from '../errors.js'

/** How much of an answer is read, in bytes; a registration is under 16 KiB. */
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * The slowest upload that is waited for where its progress cannot be seen, in bytes per millisecond: 1 KiB/s, below
 * which a broker gives up too (protocol: a PUT slower than that for 30 s is answered with 408).
 */
const SLOWEST_BYTES_PER_MS = 1.024

export interface HttpRequest {
  readonly method: 'POST' | 'PUT'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly sizeBytes: number; chunks(): AsyncIterable<Uint8Array> }
  readonly signal: AbortSignal
  /** Time to connect, in milliseconds; seen only where bodies can be streamed. */
  readonly connectTimeoutMs: number
  /** Time for the whole request, in milliseconds. */
  readonly totalTimeoutMs?: number
  /** Time without any progress of the body or the answer, in milliseconds. */
  readonly stallTimeoutMs?: number
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  /** The first 64 KiB of the answer. */
  readonly text: string
}

/**
 * Sends one request and reads the answer. Redirects are not followed: `fetch` would send the body and the custom headers
 * of a PUT on to whatever origin a 307 names. They are answers like any other.
 *
 * @throws ArtifactUploadError with `recovery: 'retry'` for a network error or a timeout, and whatever reading the body
 *   throws. Messages name the origin only: a signed URL is a secret.
 */
export async function sendRequest(request: HttpRequest): Promise<HttpAnswer> {
  const { url, signal } = request
  const abort = new AbortController()
  const onShutdown = (): void => abort.abort(signal.reason)
  signal.addEventListener('abort', onShutdown)
  if (signal.aborted) onShutdown()

  const total = new Watchdog(abort, url.origin)
  const progress = new Watchdog(abort, url.origin)
  const { body, failure } = requestBody(request, () => progress.expect('timeout', request.stallTimeoutMs))
  try {
    total.expect('timeout', request.totalTimeoutMs ?? unseenProgressMs(request))
    if (platform.streamsRequestBodies) progress.expect('connect_timeout', request.connectTimeoutMs)
    const response = await unpatchedFetch()(url, {
      method: request.method,
      headers: { ...request.headers, ...contentLength(request) },
      body: await body,
      ...redirects(request),
      credentials: 'omit',
      signal: abort.signal,
      ...(platform.streamsRequestBodies ? { duplex: 'half' } : {}),
    })
    progress.expect('timeout', request.stallTimeoutMs)
    const text = await readText(response)
    // What a browser shows of a redirect that it did not follow has no status.
    const status = response.type === 'opaqueredirect' ? UNSEEN_REDIRECT_STATUS : response.status
    return { status, headers: response.headers, text }
  } catch (error) {
    if (isRedirectError(error)) return { status: UNSEEN_REDIRECT_STATUS, headers: new Headers(), text: '' }
    throw failure() ?? total.error ?? progress.error ?? (signal.aborted ? signal.reason : networkError(url, error))
  } finally {
    total.stop()
    progress.stop()
    signal.removeEventListener('abort', onShutdown)
  }
}

/** Stands for the status of a redirect that `fetch` does not tell. */
const UNSEEN_REDIRECT_STATUS = 302

/**
 * How `fetch` is told not to follow redirects. With `error`, and only then, Node's keeps no second copy of the body: as the
 * Fetch standard has it, any other request is cloned, and what the clone does not read piles up in memory.
 */
function redirects({ method }: HttpRequest): Pick<RequestInit, 'redirect' | 'window'> {
  return method === 'PUT' && platform.streamsRequestBodies
    ? { redirect: 'error', window: null }
    : { redirect: 'manual' }
}

function isRedirectError(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.message === 'unexpected redirect'
}

/** Aborts a request when what it expects does not come in time. */
class Watchdog {
  error: ArtifactUploadError | undefined
  readonly #abort: AbortController
  readonly #origin: string
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(abort: AbortController, origin: string) {
    this.#abort = abort
    this.#origin = origin
  }

  /** Starts over; undefined waits for ever. */
  expect(code: 'connect_timeout' | 'timeout', withinMs: number | undefined): void {
    clearTimeout(this.#timer)
    if (withinMs === undefined) return
    // Not unref'ed: the request keeps the process alive anyhow, and must come to an end.
    this.#timer = setTimeout(() => {
      const what = code === 'connect_timeout' ? 'no connection to' : 'no answer or progress from'
      this.error = new ArtifactUploadError(code, `${what} ${this.#origin} within ${withinMs} ms`, { recovery: 'retry' })
      this.#abort.abort(this.error)
    }, withinMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/**
 * The body as `fetch` takes it: a stream where the runtime can send one with a Content-Length (chunked bodies are refused
 * by the protocol), else a Blob.
 */
function requestBody(
  request: HttpRequest,
  onProgress: () => void,
): { body: ReadableStream<Uint8Array> | Promise<Blob>; failure: () => unknown } {
  let failure: unknown
  if (!platform.streamsRequestBodies) {
    const blob = collect(request.body.chunks()).catch((error: unknown) => {
      failure = error
      throw error
    })
    return { body: blob, failure: () => failure }
  }
  let chunks: AsyncIterator<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        onProgress()
        chunks ??= request.body.chunks()[Symbol.asyncIterator]()
        try {
          const next = await chunks.next()
          if (next.done === true) controller.close()
          else controller.enqueue(next.value)
        } catch (error) {
          failure = error
          controller.error(error)
        }
      },
      async cancel() {
        await chunks?.return?.()
      },
    },
    // Nothing is read ahead: the first read means that there is a connection, each further one that data has gone out.
    { highWaterMark: 0 },
  )
  return { body, failure: () => failure }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of chunks) parts.push(new Uint8Array(chunk))
  return new Blob(parts)
}

function contentLength({ body }: HttpRequest): Record<string, string> {
  return platform.streamsRequestBodies ? { 'content-length': String(body.sizeBytes) } : {}
}

function unseenProgressMs({ body, stallTimeoutMs }: HttpRequest): number | undefined {
  if (platform.streamsRequestBodies || stallTimeoutMs === undefined) return undefined
  return stallTimeoutMs + body.sizeBytes / SLOWEST_BYTES_PER_MS
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return ''
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let sizeBytes = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    sizeBytes += part.value.length
    text += decoder.decode(part.value, { stream: true })
    if (sizeBytes < MAX_ANSWER_BYTES) continue
    await reader.cancel().catch(() => undefined)
    break
  }
  return text
}

/** Next.js replaces `fetch` by one that caches, and keeps the original. */
function unpatchedFetch(): typeof fetch {
  const patched = fetch as typeof fetch & { _nextOriginalFetch?: typeof fetch }
  return patched._nextOriginalFetch ?? fetch
}

function networkError(url: URL, error: unknown): ArtifactUploadError {
  return new ArtifactUploadError('network_error', `cannot reach ${url.origin} (${errorCode(error)})`, {
    cause: error,
    recovery: 'retry',
  })
}

/** `fetch` hides the reason in `cause`. The code only: messages may hold the URL. */
function errorCode(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? cause.name : 'unknown'
}

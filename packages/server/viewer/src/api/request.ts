/** Why a request to the server failed, in words that can be shown. */
export class RequestError extends Error {
  override readonly name = 'RequestError'

  constructor(
    message: string,
    /** The HTTP status, or `undefined` where no answer came at all. */
    readonly status?: number,
    /** The server's own error code, such as `insufficient_scope`. */
    readonly code?: string,
  ) {
    super(message)
  }
}

export interface RequestOptions {
  readonly signal?: AbortSignal
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: unknown
}

type UnauthorizedListener = () => void
const unauthorizedListeners = new Set<UnauthorizedListener>()

/** Calls `listener` whenever the server answers 401, so that the page can ask for a token. */
export function onUnauthorized(listener: UnauthorizedListener): () => void {
  unauthorizedListeners.add(listener)
  return () => unauthorizedListeners.delete(listener)
}

/**
 * Fetches from this page's own server.
 *
 * @param path an absolute path such as `/v1/traces`; never a whole URL, so that nothing can lead elsewhere
 * @throws RequestError when the server cannot be reached or answers with anything but 2xx
 */
export async function request(
  path: string,
  options: RequestOptions & { headers?: HeadersInit } = {},
): Promise<Response> {
  const headers = new Headers(options.headers)
  const init: RequestInit = { method: options.method ?? 'GET', credentials: 'same-origin', headers }
  if (options.signal !== undefined) init.signal = options.signal
  if (options.body !== undefined) {
    headers.set('content-type', 'application/json')
    init.body = JSON.stringify(options.body)
  }
  let response: Response
  try {
    response = await fetch(path, init)
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new RequestError('The server cannot be reached. Is it still running?')
  }
  if (response.ok) return response
  const error = await readError(response)
  if (response.status === 401 && !path.startsWith('/v1/viewer/session')) {
    for (const listener of unauthorizedListeners) listener()
  }
  throw error
}

/** Like {@link request}, and parses the body as JSON. The shape is the server's contract, so it is not checked again. */
export async function requestJson<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await request(path, { ...options, headers: { accept: 'application/json' } })
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract of the server that this page came from
    return (await response.json()) as T
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new RequestError('The server answered with something that is not JSON.', response.status)
  }
}

async function readError(response: Response): Promise<RequestError> {
  const fallback = `The server answered ${response.status} ${response.statusText}`.trim()
  try {
    const body: unknown = await response.json()
    if (typeof body === 'object' && body !== null && 'error' in body) {
      const { error } = body
      if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') {
        const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
        return new RequestError(error.message, response.status, code)
      }
    }
  } catch {
    // Not JSON: the status says enough.
  }
  return new RequestError(fallback, response.status)
}

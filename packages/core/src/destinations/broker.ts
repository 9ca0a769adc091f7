import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_REQUEST_TIMEOUT_MS, DEFAULT_STALL_TIMEOUT_MS } from '../config.js'
import type { ArtifactDestination, StorableArtifact, StoreOutcome } from '../destination.js'
import { diagnostics } from '../diagnostics.js'
import { ArtifactUploadError } from '../errors.js'
import { answerFailure, heldBack, type RequestRole } from './answer-failure.js'
import { type HttpAnswer, sendRequest } from './http-request.js'
import { hostScope } from './ip-address.js'
import { checkUploadTarget, type UploadTarget } from './upload-target.js'

export interface BrokerDestinationOptions {
  /** Base URL of the broker, http or https. */
  endpoint: string
  /** Write token. Default: none. */
  token?: string
  /** Base URL of the pages that references link to. Default: `endpoint`. */
  publicUrl?: string
  /** Origins that uploads may go to although they are not https or are on a private network. Default: none. */
  trustedUploadOrigins?: readonly string[]
  /** Time to connect, in milliseconds. Default: 5000. */
  connectTimeoutMs?: number
  /** Time for one call of the API, in milliseconds. Default: 10,000. */
  requestTimeoutMs?: number
  /** Time for which an upload may make no progress, in milliseconds. Default: 30,000. */
  stallTimeoutMs?: number
}

/**
 * A Span Artifacts broker: register, PUT, finalize. The broker alone decides that an artifact is there; the bytes go to
 * its own blob endpoint or, by a signed URL, to an object store.
 */
export function brokerDestination(options: BrokerDestinationOptions): ArtifactDestination {
  const base = options.endpoint.replace(/\/+$/, '')
  const endpoint = new URL(base)
  const publicUrl = (options.publicUrl ?? base).replace(/\/+$/, '')
  const { token, trustedUploadOrigins = [] } = options
  const connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS
  const totalTimeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS
  const stallTimeoutMs = options.stallTimeoutMs ?? DEFAULT_STALL_TIMEOUT_MS
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const holds = new Map<string, number>()

  if (token !== undefined && endpoint.protocol === 'http:' && hostScope(endpoint.hostname) !== 'loopback') {
    diagnostics.warn('insecure_endpoint', `the token goes to ${endpoint.origin} in clear text: use https`)
  }

  const callApi = (path: string, body: Uint8Array, signal: AbortSignal): Promise<HttpAnswer> =>
    sendRequest({
      method: 'POST',
      url: new URL(`${base}/v1/artifacts${path}`),
      headers: { ...authorization, 'content-type': 'application/json' },
      body: { sizeBytes: body.length, chunks: () => only(body) },
      signal,
      connectTimeoutMs,
      totalTimeoutMs,
    })

  const register = async (artifact: StorableArtifact, signal: AbortSignal): Promise<UploadTarget | 'exists'> => {
    const answer = await callApi('', registration(artifact), signal)
    if (!isSuccess(answer)) throw answerFailure('broker', 'register', answer)
    const upload = parseRegistration(answer.text)
    return upload === 'exists' ? upload : checkUploadTarget(upload, { endpoint, trustedUploadOrigins })
  }

  /** @returns false when the signed URL is no longer good, so that a new one is needed */
  const put = async (artifact: StorableArtifact, target: UploadTarget, signal: AbortSignal): Promise<boolean> => {
    const { url } = target
    const held = heldBack(holds, url.origin)
    if (held !== undefined) throw held
    const answer = await sendRequest({
      method: 'PUT',
      url,
      headers: {
        'content-type': artifact.contentType,
        ...target.headers,
        ...(target.authorized ? authorization : {}),
      },
      body: artifact,
      signal,
      connectTimeoutMs,
      stallTimeoutMs,
    })
    // 412: the object is there already, and what is there is never written again.
    if (isSuccess(answer) || answer.status === 412) return true
    if (answer.status === 403 && !target.authorized) return false
    const role: RequestRole = url.origin === endpoint.origin ? 'broker' : 'storage'
    const failure = answerFailure(role, 'upload', answer)
    if (role === 'storage' && failure.retryAfterMs !== undefined) {
      holds.set(url.origin, performance.now() + failure.retryAfterMs)
    }
    throw failure
  }

  const finalize = async ({ sha256 }: StorableArtifact, signal: AbortSignal): Promise<void> => {
    const answer = await callApi(`/${sha256}/finalize`, new Uint8Array(), signal)
    if (!isSuccess(answer)) throw answerFailure('broker', 'finalize', answer)
  }

  return {
    name: 'broker',
    address: endpoint.hostname,
    urlOf: (sha256) => `${publicUrl}/artifacts/${sha256}`,
    async store(artifact, { signal }): Promise<StoreOutcome> {
      for (let registrations = 1; registrations <= MAX_REGISTRATIONS; registrations += 1) {
        const target = await register(artifact, signal)
        if (target === 'exists') return 'exists'
        if (await put(artifact, target, signal)) {
          await finalize(artifact, signal)
          return 'stored'
        }
      }
      throw new ArtifactUploadError('forbidden', 'the storage refuses the upload URLs that the broker signs', {
        status: 403,
        recovery: 'retry',
      })
    },
  }
}

/** A signed URL that expired on the way is replaced at once, but only once per attempt. */
const MAX_REGISTRATIONS = 2

function registration(artifact: StorableArtifact): Uint8Array {
  const { sha256, sizeBytes, contentType, filename } = artifact
  const body = { sha256, size_bytes: sizeBytes, content_type: contentType, filename: filename ?? null }
  return new TextEncoder().encode(JSON.stringify(body))
}

function parseRegistration(
  text: string,
): 'exists' | { url: string; requiresAuth: boolean; headers: Record<string, unknown> } {
  const answer = parseObject(text)
  if (answer?.['status'] === 'exists') return 'exists'
  const upload = asObject(answer?.['upload'])
  const { method, url, requires_auth: requiresAuth, headers } = upload ?? {}
  if (answer?.['status'] === 'upload' && method === 'PUT' && typeof url === 'string') {
    return { url, requiresAuth: requiresAuth === true, headers: asObject(headers) ?? {} }
  }
  // A proxy's login page, perhaps: it may pass.
  throw new ArtifactUploadError('invalid_answer', 'the answer to the registration is not one of a broker', {
    recovery: 'retry',
  })
}

function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}

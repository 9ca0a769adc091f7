import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_REQUEST_TIMEOUT_MS, DEFAULT_STALL_TIMEOUT_MS } from '../config.js'
import type { ArtifactDestination, StorableArtifact, StoreOutcome } from '../destination.js'
import { diagnostics } from '../diagnostics.js'
import { ArtifactUploadError } from '../errors.js'
import { isRecord, parseJson } from '../json.js'
import { answerFailure, heldBack, type ProtocolStep } from './answer-failure.js'
import { type HttpAnswer, type HttpRequest, sendRequest } from './http-request.js'
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
  const heldUntilMs = new Map<string, number>()

  if (token !== undefined && endpoint.protocol === 'http:' && hostScope(endpoint.hostname) !== 'loopback') {
    diagnostics.warn('insecure_endpoint', `the token goes to ${endpoint.origin} in clear text: use https`)
  }

  /** Sends a request, unless its origin asked to be left alone; notes when an answer asks for that. */
  const send = async (step: ProtocolStep, request: Omit<HttpRequest, 'connectTimeoutMs'>): Promise<HttpAnswer> => {
    const { origin } = request.url
    const role = origin === endpoint.origin ? 'broker' : 'storage'
    const restMs = (heldUntilMs.get(origin) ?? 0) - performance.now()
    if (restMs > 0) throw heldBack(role, restMs)
    heldUntilMs.delete(origin)
    const answer = await sendRequest({ ...request, connectTimeoutMs })
    if (isAccepted(step, answer)) return answer
    const failure = answerFailure(role, step, answer)
    if (failure.retryAfterMs !== undefined) heldUntilMs.set(origin, performance.now() + failure.retryAfterMs)
    throw failure
  }

  const callApi = (step: ProtocolStep, path: string, body: Uint8Array, signal: AbortSignal): Promise<HttpAnswer> =>
    send(step, {
      method: 'POST',
      url: new URL(`${base}/v1/artifacts${path}`),
      headers: { ...authorization, 'user-agent': USER_AGENT, 'content-type': 'application/json' },
      body: { sizeBytes: body.length, chunks: () => only(body) },
      signal,
      totalTimeoutMs,
    })

  const register = async (artifact: StorableArtifact, signal: AbortSignal): Promise<UploadTarget | 'exists'> => {
    const answer = await callApi('register', '', registration(artifact), signal)
    const upload = parseRegistration(answer.text)
    return upload === 'exists' ? upload : checkUploadTarget(upload, { endpoint, trustedUploadOrigins })
  }

  const put = (artifact: StorableArtifact, target: UploadTarget, signal: AbortSignal): Promise<HttpAnswer> =>
    send('upload', {
      method: 'PUT',
      url: target.url,
      headers: {
        'content-type': artifact.contentType,
        ...target.headers,
        ...(target.authorized ? authorization : {}),
        ...(target.url.origin === endpoint.origin ? { 'user-agent': USER_AGENT } : {}),
      },
      body: artifact,
      signal,
      stallTimeoutMs,
    })

  /** @returns false when the signed URL is no longer good, so that a new one is needed */
  const putOnce = async (artifact: StorableArtifact, target: UploadTarget, signal: AbortSignal): Promise<boolean> => {
    try {
      await put(artifact, target, signal)
      return true
    } catch (error) {
      if (ArtifactUploadError.isInstance(error) && error.status === 403 && !target.authorized) return false
      throw error
    }
  }

  const finalize = async ({ sha256 }: StorableArtifact, signal: AbortSignal): Promise<void> => {
    const answer = parseJson((await callApi('finalize', `/${sha256}/finalize`, new Uint8Array(), signal)).text)
    // Only the broker's own word counts: a proxy in between may answer 200 to anything.
    if (!isRecord(answer) || answer['status'] !== 'ready') throw notOfABroker('finalize')
  }

  return {
    name: 'broker',
    address: endpoint.hostname,
    verifiesDigests: true,
    urlOf: (sha256) => `${publicUrl}/artifacts/${sha256}`,
    async store(artifact, { signal }): Promise<StoreOutcome> {
      for (let registrations = 1; registrations <= MAX_REGISTRATIONS; registrations += 1) {
        const target = await register(artifact, signal)
        if (target === 'exists') return 'exists'
        if (!(await putOnce(artifact, target, signal))) continue
        await finalize(artifact, signal)
        return 'stored'
      }
      throw new ArtifactUploadError('forbidden', 'the storage refuses the upload URLs that the broker signs', {
        status: 403,
        recovery: 'retry',
      })
    },
  }
}

/** So that a broker in the same process can tell these requests from those that it should record. */
const USER_AGENT = 'span-artifacts'

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
  const answer = parseJson(text)
  if (isRecord(answer) && answer['status'] === 'exists') return 'exists'
  if (isRecord(answer) && answer['status'] === 'upload' && isRecord(answer['upload'])) {
    const { method, url, requires_auth: requiresAuth, headers } = answer['upload']
    if (method === 'PUT' && typeof url === 'string') {
      return { url, requiresAuth: requiresAuth === true, headers: isRecord(headers) ? headers : {} }
    }
  }
  throw notOfABroker('register')
}

/** A proxy's login page, perhaps: it may pass. */
function notOfABroker(step: ProtocolStep): ArtifactUploadError {
  return new ArtifactUploadError('invalid_answer', `the answer to ${step} is not one of a broker`, {
    recovery: 'retry',
  })
}

function isAccepted(step: ProtocolStep, { status }: HttpAnswer): boolean {
  // 412: the object is there already, and what is there is never written again.
  return (status >= 200 && status < 300) || (step === 'upload' && status === 412)
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}

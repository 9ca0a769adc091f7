import { ArtifactUploadError } from '../errors.js'
import { isRecord, parseJson } from '../json.js'
import { isRetryableStatus, parseRetryAfterMs } from '../retry.js'
import type { HttpAnswer } from './http-request.js'

/** Who answered: the broker, which everything depends on, or an object store. */
type RequestRole = 'broker' | 'storage'

/** The steps of the handshake. */
export type ProtocolStep = 'register' | 'upload' | 'finalize'

/** Turns an answer that is no success into an error that says what to do next. */
export function answerFailure(role: RequestRole, step: ProtocolStep, answer: HttpAnswer): ArtifactUploadError {
  const { status } = answer
  const reason = errorCode(answer.text)
  if (step === 'upload' && isDigestMismatch(reason ?? storageErrorCode(answer.text))) {
    const advice =
      'the content changed while it was sent, so it was not stored: do not write to a buffer that was recorded'
    return new ArtifactUploadError('source_changed', advice)
  }
  const message = `the ${role} answered ${step} with ${status}${reason === undefined ? '' : ` ${reason}`}`
  if (status === 507) return new ArtifactUploadError('storage_full', message, { status, recovery: 'pause' })
  if (isRetryableStatus(status)) {
    const retryAfterMs = parseRetryAfterMs(answer.headers.get('retry-after'))
    return new ArtifactUploadError('http_error', message, {
      status,
      recovery: 'retry',
      ...(retryAfterMs === undefined ? {} : { retryAfterMs, holdsDestination: role === 'broker' }),
    })
  }
  if (role === 'broker') {
    if (status === 401) return new ArtifactUploadError('unauthorized', message, { status, recovery: 'pause' })
    if (status === 403) return new ArtifactUploadError('forbidden', message, { status, recovery: 'pause' })
    if (isRedirect(status)) {
      const advice = `${message}: redirects are not followed, set the endpoint to where it leads`
      return new ArtifactUploadError('redirected', advice, { status, recovery: 'pause' })
    }
    // The bytes did not arrive whole, or the registration expired: the next attempt starts with a new one.
    if (step === 'finalize' && (status === 409 || status === 410)) {
      return new ArtifactUploadError('http_error', message, { status, recovery: 'retry' })
    }
  }
  return new ArtifactUploadError(isRedirect(status) ? 'redirected' : 'http_error', message, { status })
}

/** What takes the place of a request to an origin that asked to be left alone for another `restMs` milliseconds. */
export function heldBack(role: RequestRole, restMs: number): ArtifactUploadError {
  return new ArtifactUploadError(
    'http_error',
    `the ${role} asked for no requests for another ${Math.ceil(restMs)} ms`,
    {
      recovery: 'retry',
      retryAfterMs: restMs,
      holdsDestination: role === 'broker',
    },
  )
}

/** What was sent is not what was hashed: the broker's word for it, and those of S3 (Error responses, `BadDigest`). */
function isDigestMismatch(code: string | undefined): boolean {
  return code === 'digest_mismatch' || code === 'BadDigest' || code === 'XAmzContentChecksumMismatch'
}

/** The code in the XML of an object store's error. */
function storageErrorCode(answer: string): string | undefined {
  return /<Code>([A-Za-z]{1,64})<\/Code>/.exec(answer)?.[1]
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400
}

/** The code of the protocol's error object; only if it looks like one, because anything may have answered. */
function errorCode(text: string): string | undefined {
  const answer = parseJson(text)
  const error = isRecord(answer) ? answer['error'] : undefined
  const code = isRecord(error) ? error['code'] : undefined
  return typeof code === 'string' && /^[a-z0-9_]{1,64}$/.test(code) ? code : undefined
}

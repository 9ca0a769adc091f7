/** Every `code` that an error answer of the API can carry. */
export type ApiErrorCode =
  | 'artifact_too_large'
  | 'body_too_large'
  | 'decoded_too_large'
  | 'digest_mismatch'
  | 'forbidden_host'
  | 'forbidden_origin'
  | 'gone'
  | 'insufficient_scope'
  | 'insufficient_storage'
  | 'internal_error'
  | 'invalid_request'
  | 'length_mismatch'
  | 'length_required'
  | 'method_not_allowed'
  | 'not_decodable'
  | 'not_found'
  | 'not_uploaded'
  | 'overloaded'
  | 'precondition_failed'
  | 'quota_exceeded'
  | 'range_not_satisfiable'
  | 'rate_limited'
  | 'registration_expired'
  | 'size_mismatch'
  | 'storage_unavailable'
  | 'unauthorized'
  | 'unsupported_media_type'
  | 'upload_too_slow'

/** What an {@link ApiError} may say beyond its status, code and message. */
export interface ApiErrorOptions {
  /** Whether the same request may succeed later without a change. Default `false`. */
  retryable?: boolean
  /** Further response headers, such as `Retry-After`. */
  headers?: Readonly<Record<string, string>>
  /** What went wrong underneath; logged, never sent. */
  cause?: unknown
}

/**
 * An answer to a request that cannot be carried out: `{"error": {"code", "message", "retryable"}}` with a status. The
 * message names the field, header or option at fault, and never holds a token or the bytes of an artifact.
 */
export class ApiError extends Error {
  /** HTTP status. */
  readonly status: number
  /** What a program branches on. */
  readonly code: ApiErrorCode
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean
  /** Further response headers. */
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: ApiErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.retryable = options.retryable ?? false
    this.headers = options.headers ?? {}
  }

  /** The body of the answer. */
  toBody(): { error: { code: ApiErrorCode; message: string; retryable: boolean } } {
    return { error: { code: this.code, message: this.message, retryable: this.retryable } }
  }
}

const retryAfterStorageTroubleSeconds = 5

/** No, malformed, unknown or revoked credentials: one answer for all, so that it tells nothing apart. */
export function unauthorized(): ApiError {
  return new ApiError(401, 'unauthorized', 'a valid token is required: Authorization: Bearer <token>', {
    headers: { 'www-authenticate': 'Bearer' },
  })
}

/** Valid credentials that do not allow what the request needs. */
export function insufficientScope(needed: 'read' | 'write'): ApiError {
  return new ApiError(403, 'insufficient_scope', `this needs a ${needed} token`)
}

/** Unknown to this project; the same answer whether or not another project has it. */
export function notFound(): ApiError {
  return new ApiError(404, 'not_found', 'not found')
}

/** A field, header or parameter that breaks a rule. The message starts with its name. */
export function invalidRequest(message: string): ApiError {
  return new ApiError(400, 'invalid_request', message)
}

/** The disk or the database does not answer; later it may. */
export function storageUnavailable(cause: unknown): ApiError {
  return new ApiError(503, 'storage_unavailable', 'the storage does not answer; try again later', {
    retryable: true,
    headers: { 'retry-after': String(retryAfterStorageTroubleSeconds) },
    cause,
  })
}

/** The disk or the database is full. */
function insufficientStorage(cause: unknown): ApiError {
  return new ApiError(507, 'insufficient_storage', 'the storage of the server is full', { retryable: true, cause })
}

const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL'])
const storageCodes =
  /^(?:EIO|EROFS|EACCES|EPERM|EMFILE|ENFILE|ENOENT|ENOTDIR|ESTALE|ETIMEDOUT|SQLITE_(?:BUSY|IOERR|CANTOPEN|READONLY|CORRUPT|LOCKED|NOTADB|PROTOCOL).*)$/

const clientGoneCodes = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_WRITE_AFTER_END'])

/** Whether an error only says that the client went away before its request or its answer was complete. */
export function isClientGone(error: unknown): boolean {
  return clientGoneCodes.has(errorCode(error))
}

/**
 * Turns whatever was thrown into the answer for it: an {@link ApiError} as it is, trouble of disk or database into 503
 * or 507, anything else into 500.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const code = errorCode(error)
  if (fullCodes.has(code)) return insufficientStorage(error)
  if (storageCodes.test(code)) return storageUnavailable(error)
  return new ApiError(500, 'internal_error', 'the server failed to handle this request', {
    retryable: true,
    cause: error,
  })
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

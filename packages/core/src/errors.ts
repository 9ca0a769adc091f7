import type { DropReason } from './reference.js'

const errorMarker: unique symbol = Symbol.for('span-artifacts.error')
const uploadErrorMarker: unique symbol = Symbol.for('span-artifacts.upload-error')
const configurationErrorMarker: unique symbol = Symbol.for('span-artifacts.configuration-error')

/** Why data could not become an artifact. */
export type ArtifactInputErrorCode =
  | 'async_source'
  | 'body_already_read'
  | 'file_not_found'
  | 'file_unreadable'
  | 'not_a_file'
  | 'not_serializable'
  | 'source_failed'
  | 'unsupported_chunk'
  | 'unsupported_platform'

/** Why an artifact is not stored. */
export type ArtifactUploadErrorCode =
  | DropReason
  | 'connect_timeout'
  | 'forbidden'
  | 'http_error'
  | 'invalid_answer'
  | 'network_error'
  | 'redirected'
  | 'source_changed'
  | 'spool_damaged'
  | 'spool_expired'
  | 'spool_failed'
  | 'storage_full'
  | 'timeout'
  | 'unauthorized'
  | 'unexpected_error'
  | 'unsafe_upload_url'

/** Which setting is wrong, and how. */
export type ArtifactConfigurationErrorCode = 'invalid_option' | 'unknown_option'

export type ArtifactErrorCode = ArtifactInputErrorCode | ArtifactUploadErrorCode | ArtifactConfigurationErrorCode

/**
 * The base of every error of this library. `code` is stable and meant for programs; `message` is meant for people and
 * holds neither a payload, nor a token, nor a signed URL.
 */
export class ArtifactError extends Error {
  override readonly name: string = 'ArtifactError'
  readonly code: ArtifactErrorCode

  constructor(code: ArtifactErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
    mark(this, errorMarker)
  }

  /** Whether `value` is an error of this library; holds across several installed copies of it. */
  static isInstance(value: unknown): value is ArtifactError {
    return hasMarker(value, errorMarker)
  }
}

/**
 * What the uploader should do after a failed attempt:
 * - `retry`: try this artifact again after a delay.
 * - `pause`: nothing will get through until someone acts (a bad token, a full store); keep everything and wait.
 * - `none`: this artifact can never be stored; others may.
 */
export type UploadRecovery = 'retry' | 'pause' | 'none'

export interface ArtifactUploadErrorOptions {
  cause?: unknown
  /** The HTTP status of the answer, where there was one. */
  status?: number
  /** What to do next. Default: `none`. */
  recovery?: UploadRecovery
  /** How long the destination asked to be left alone, in milliseconds, already clamped. */
  retryAfterMs?: number
  /** Whether the delay holds back every artifact, not this one only. Default: false. */
  holdsDestination?: boolean
}

/** An artifact was not stored. What a destination throws, and what `artifact.uploaded` rejects with. */
export class ArtifactUploadError extends ArtifactError {
  override readonly name: string = 'ArtifactUploadError'
  declare readonly code: ArtifactUploadErrorCode
  readonly status: number | undefined
  readonly recovery: UploadRecovery
  readonly retryAfterMs: number | undefined
  readonly holdsDestination: boolean

  constructor(code: ArtifactUploadErrorCode, message: string, options: ArtifactUploadErrorOptions = {}) {
    super(code, message, options.cause === undefined ? undefined : { cause: options.cause })
    this.status = options.status
    this.recovery = options.recovery ?? 'none'
    this.retryAfterMs = options.retryAfterMs
    this.holdsDestination = options.holdsDestination ?? false
    mark(this, uploadErrorMarker)
  }

  static override isInstance(value: unknown): value is ArtifactUploadError {
    return hasMarker(value, uploadErrorMarker)
  }
}

/** An option has a name or a value that the library does not know. Thrown at start-up, never later. */
export class ArtifactConfigurationError extends ArtifactError {
  override readonly name: string = 'ArtifactConfigurationError'
  declare readonly code: ArtifactConfigurationErrorCode
  /** The name of the option. */
  readonly option: string

  constructor(code: ArtifactConfigurationErrorCode, option: string, message: string) {
    super(code, message)
    this.option = option
    mark(this, configurationErrorMarker)
  }

  static override isInstance(value: unknown): value is ArtifactConfigurationError {
    return hasMarker(value, configurationErrorMarker)
  }
}

/** Marks an instance so that it is known across copies of this package, where `instanceof` fails. */
function mark(error: Error, marker: symbol): void {
  Object.defineProperty(error, marker, { value: true })
}

function hasMarker(value: unknown, marker: symbol): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, marker) === true
}

/** Names of errors are short, in characters. */
const ERROR_NAME = /^[A-Za-z_$][\w$]{0,49}$/

/**
 * What an error of the application, or of its SDK, is called in a warning. Never its message, which may quote content; and
 * not everything that is thrown can be read, or written down.
 */
export function nameOfForeignError(error: unknown): string {
  try {
    if (!(error instanceof Error)) return typeof error
    const { name } = error
    return ERROR_NAME.test(name) ? name : 'Error'
  } catch {
    return 'an error that cannot be read'
  }
}

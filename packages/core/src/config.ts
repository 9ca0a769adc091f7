import { platform } from '#platform'
import type { ArtifactDestination } from './destination.js'
import { diagnostics } from './diagnostics.js'
import { ArtifactConfigurationError } from './errors.js'
import { nearestName } from './nearest-name.js'

const BYTES_PER_MEBIBYTE = 1024 * 1024

export const DEFAULT_ENDPOINT = 'http://127.0.0.1:4319'
export const DEFAULT_MAX_QUEUE_BYTES: number = 64 * BYTES_PER_MEBIBYTE
export const DEFAULT_MAX_QUEUE_ARTIFACTS = 2048
export const DEFAULT_MAX_ARTIFACT_BYTES: number = 100 * BYTES_PER_MEBIBYTE
export const DEFAULT_UPLOAD_CONCURRENCY = 4
export const DEFAULT_CONNECT_TIMEOUT_MS = 5000
export const DEFAULT_REQUEST_TIMEOUT_MS = 10_000
export const DEFAULT_STALL_TIMEOUT_MS = 30_000
export const DEFAULT_RETRY_INITIAL_DELAY_MS = 500
export const DEFAULT_RETRY_MAX_DELAY_MS = 30_000
export const DEFAULT_GIVE_UP_AFTER_MS = 300_000
export const DEFAULT_SYNC_TIMEOUT_MS = 30_000
export const DEFAULT_BREAKER_FAILURES = 5
export const DEFAULT_FLUSH_TIMEOUT_MS = 30_000
export const DEFAULT_SHUTDOWN_TIMEOUT_MS = 2000

/** The longest time that a timer can wait, in milliseconds. */
const MAX_TIMEOUT_MS = 2_147_483_647

/** The numbers that a client works with. */
export interface ArtifactClientLimits {
  /** Bytes held in memory for artifacts that are not stored yet. Default: 64 MiB. */
  readonly maxQueueBytes: number
  /** Artifacts that wait or are under way. Default: 2048. */
  readonly maxQueueArtifacts: number
  /** Size of one artifact, in bytes. A larger one gets a reference with `dropped: "too_large"`. Default: 100 MiB. */
  readonly maxArtifactBytes: number
  /** Uploads under way at once. Default: 4. */
  readonly uploadConcurrency: number
  /** Time to connect, in milliseconds. Default: 5000. */
  readonly connectTimeoutMs: number
  /** Time for one call of the broker's API, in milliseconds. Default: 10,000. */
  readonly requestTimeoutMs: number
  /** Time for which the upload of a body may make no progress, in milliseconds. Default: 30,000. */
  readonly stallTimeoutMs: number
  /** Longest first delay before a retry, in milliseconds; doubled with each failure. Default: 500. */
  readonly retryInitialDelayMs: number
  /** Longest delay before any retry, in milliseconds. Default: 30,000. */
  readonly retryMaxDelayMs: number
  /** For how long an artifact is tried, in milliseconds. Default: 300,000 (5 minutes). */
  readonly giveUpAfterMs: number
  /** For how long `uploaded` of a `sync` artifact retries before it rejects, in milliseconds. Default: 30,000. */
  readonly syncTimeoutMs: number
  /** Failures in a row after which uploads stop but for one probe at a time. Default: 5. */
  readonly breakerFailures: number
  /** Longest `forceFlush`, in milliseconds. Default: 30,000. */
  readonly flushTimeoutMs: number
  /** Longest `shutdown`, in milliseconds. Default: 2000. */
  readonly shutdownTimeoutMs: number
}

/** Every number that can be set, with its default and its range. The environment variable follows from the name. */
const numericOptions: Readonly<Record<keyof ArtifactClientLimits, NumberRange>> = {
  maxQueueBytes: { default: DEFAULT_MAX_QUEUE_BYTES, minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  maxQueueArtifacts: { default: DEFAULT_MAX_QUEUE_ARTIFACTS, minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  maxArtifactBytes: { default: DEFAULT_MAX_ARTIFACT_BYTES, minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  uploadConcurrency: { default: DEFAULT_UPLOAD_CONCURRENCY, minimum: 1, maximum: 256 },
  connectTimeoutMs: { default: DEFAULT_CONNECT_TIMEOUT_MS, minimum: 1, maximum: MAX_TIMEOUT_MS },
  requestTimeoutMs: { default: DEFAULT_REQUEST_TIMEOUT_MS, minimum: 1, maximum: MAX_TIMEOUT_MS },
  stallTimeoutMs: { default: DEFAULT_STALL_TIMEOUT_MS, minimum: 1, maximum: MAX_TIMEOUT_MS },
  retryInitialDelayMs: { default: DEFAULT_RETRY_INITIAL_DELAY_MS, minimum: 0, maximum: MAX_TIMEOUT_MS },
  retryMaxDelayMs: { default: DEFAULT_RETRY_MAX_DELAY_MS, minimum: 0, maximum: MAX_TIMEOUT_MS },
  giveUpAfterMs: { default: DEFAULT_GIVE_UP_AFTER_MS, minimum: 1, maximum: MAX_TIMEOUT_MS },
  syncTimeoutMs: { default: DEFAULT_SYNC_TIMEOUT_MS, minimum: 1, maximum: MAX_TIMEOUT_MS },
  breakerFailures: { default: DEFAULT_BREAKER_FAILURES, minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  flushTimeoutMs: { default: DEFAULT_FLUSH_TIMEOUT_MS, minimum: 0, maximum: MAX_TIMEOUT_MS },
  shutdownTimeoutMs: { default: DEFAULT_SHUTDOWN_TIMEOUT_MS, minimum: 0, maximum: MAX_TIMEOUT_MS },
}

interface NumberRange {
  readonly default: number
  readonly minimum: number
  readonly maximum: number
}

/**
 * What can be set, in code or through the environment variable `SPAN_ARTIFACTS_` + the name in upper snake case
 * (`maxQueueBytes` is `SPAN_ARTIFACTS_MAX_QUEUE_BYTES`). Code wins. As OpenTelemetry has it, an empty variable is
 * unset, and a bad value warns and is ignored; a bad option in code throws.
 */
export interface ArtifactClientOptions extends Partial<ArtifactClientLimits> {
  /**
   * Base URL of the broker, http or https. Environment: `SPAN_ARTIFACTS_ENDPOINT`, else `LOGFIRE_BASE_URL`. Default:
   * `http://127.0.0.1:4319`.
   */
  endpoint?: string
  /** Write token. Environment: `SPAN_ARTIFACTS_TOKEN`, else `LOGFIRE_TOKEN`. Default: none. */
  token?: string
  /** Base URL of the pages that references link to, where it differs from `endpoint`. Default: `endpoint`. */
  publicUrl?: string
  /**
   * Origins other than the broker's, such as `http://minio:9000`, that uploads may go to although they are not https
   * or are on a private network. Environment: separated by commas. Default: none.
   */
  trustedUploadOrigins?: readonly string[]
  /** Where artifacts go in place of a broker. `endpoint`, `token` and the timeouts of requests mean nothing then. */
  destination?: ArtifactDestination
}

/** The options of a client, complete and valid. */
export interface ArtifactClientConfiguration {
  readonly endpoint: string
  readonly token: string | undefined
  readonly publicUrl: string
  readonly trustedUploadOrigins: readonly string[]
  readonly destination: ArtifactDestination | undefined
  readonly limits: ArtifactClientLimits
}

const otherOptions = ['destination', 'endpoint', 'publicUrl', 'token', 'trustedUploadOrigins'] as const
const optionNames: readonly string[] = [...otherOptions, ...Object.keys(numericOptions)]

/**
 * Completes options from the environment and the defaults.
 *
 * @throws ArtifactConfigurationError for an option in code with an unknown name or a bad value
 */
export function resolveConfiguration(options: ArtifactClientOptions = {}): ArtifactClientConfiguration {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) throw unknownOption(name)
  }
  const endpoint =
    readUrl('endpoint', options.endpoint, ['SPAN_ARTIFACTS_ENDPOINT', 'LOGFIRE_BASE_URL']) ?? DEFAULT_ENDPOINT
  return {
    endpoint,
    token: readToken(options.token),
    publicUrl: readUrl('publicUrl', options.publicUrl, ['SPAN_ARTIFACTS_PUBLIC_URL']) ?? endpoint,
    trustedUploadOrigins: readOrigins(options.trustedUploadOrigins),
    destination: options.destination,
    limits: readLimits(options),
  }
}

function readLimits(options: ArtifactClientOptions): ArtifactClientLimits {
  const names = Object.keys(numericOptions) as (keyof ArtifactClientLimits)[]
  return Object.fromEntries(
    names.map((name) => [name, readNumber(name, options[name])]),
  ) as unknown as ArtifactClientLimits
}

function readNumber(name: keyof ArtifactClientLimits, given: number | undefined): number {
  const { default: fallback, minimum, maximum } = numericOptions[name]
  const expected = `a whole number from ${minimum} to ${maximum}`
  const isValid = (value: number): boolean => Number.isSafeInteger(value) && value >= minimum && value <= maximum
  if (given !== undefined) {
    if (!isValid(given)) throw invalidOption(name, `is ${describe(given)}: it must be ${expected}`)
    return given
  }
  return (
    readEnvironment([environmentName(name)], (text) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
      return isValid(value) ? { value } : { problem: `is ${describe(text)}: it must be ${expected}` }
    }) ?? fallback
  )
}

function readUrl(option: string, given: string | undefined, variables: readonly string[]): string | undefined {
  if (given !== undefined) {
    const result = parseBaseUrl(given)
    if ('problem' in result) throw invalidOption(option, result.problem)
    return result.value
  }
  return readEnvironment(variables, parseBaseUrl)
}

function readToken(given: string | undefined): string | undefined {
  if (given !== undefined) {
    const result = parseToken(given)
    if ('problem' in result) throw invalidOption('token', result.problem)
    return result.value
  }
  return readEnvironment(['SPAN_ARTIFACTS_TOKEN', 'LOGFIRE_TOKEN'], parseToken)
}

function readOrigins(given: readonly string[] | undefined): readonly string[] {
  const parse = (text: string): Parsed<string> => {
    const result = parseBaseUrl(text)
    return 'problem' in result ? result : { value: new URL(result.value).origin }
  }
  if (given !== undefined) {
    return given.map((origin) => {
      const result = parse(origin)
      if ('problem' in result) throw invalidOption('trustedUploadOrigins', result.problem)
      return result.value
    })
  }
  const parseList = (text: string): Parsed<string[]> => {
    const results = text.split(',').map((origin) => parse(origin.trim()))
    const bad = results.find((result) => 'problem' in result)
    return bad ?? { value: results.flatMap((result) => ('value' in result ? [result.value] : [])) }
  }
  return readEnvironment(['SPAN_ARTIFACTS_TRUSTED_UPLOAD_ORIGINS'], parseList) ?? []
}

type Parsed<T> = { value: T } | { problem: string }

/** @returns the URL without a slash at its end */
function parseBaseUrl(text: string): Parsed<string> {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  // Neither message repeats the value: it may hold a password.
  if (url === undefined) return { problem: 'is not a URL: it must look like https://artifacts.example.com' }
  if (url.username !== '' || url.password !== '')
    return { problem: 'holds a user name or password: use the token option' }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { problem: `has the scheme ${describe(url.protocol)}: it must be http or https` }
  }
  if (url.search !== '' || url.hash !== '') return { problem: 'has a query or a fragment: it must end with the path' }
  return { value: url.href.replace(/\/+$/, '') }
}

function parseToken(text: string): Parsed<string> {
  // RFC 6750 section 2.1; anything else would break the header or smuggle another one in.
  const isValid = typeof text === 'string' && /^[\w.~+/-]+=*$/.test(text)
  return isValid ? { value: text } : { problem: 'holds characters that a bearer token cannot have (RFC 6750)' }
}

/** Reads the first variable that is set; empty means unset, and a bad value warns and counts as unset. */
function readEnvironment<T>(variables: readonly string[], parse: (text: string) => Parsed<T>): T | undefined {
  for (const variable of variables) {
    const text = platform.environmentVariable(variable)?.trim() ?? ''
    if (text === '') continue
    const result = parse(text)
    if ('value' in result) return result.value
    diagnostics.warn('invalid_environment', `the environment variable ${variable} ${result.problem}; it is ignored`)
  }
  return undefined
}

function environmentName(option: string): string {
  return `SPAN_ARTIFACTS_${option.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function invalidOption(option: string, problem: string): ArtifactConfigurationError {
  return new ArtifactConfigurationError('invalid_option', option, `the option ${option} ${problem}`)
}

function unknownOption(name: string): ArtifactConfigurationError {
  const nearest = nearestName(name, optionNames)
  const hint = nearest === undefined ? `known are ${optionNames.join(', ')}` : `did you mean ${nearest}?`
  return new ArtifactConfigurationError('unknown_option', name, `there is no option ${describe(name)}: ${hint}`)
}

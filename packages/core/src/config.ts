import type { ArtifactDestination } from './destination.js'
import { unknownOption } from './check-options.js'
import {
  checkWholeNumber,
  environmentName,
  parseBaseUrl,
  parseBoolean,
  parseChoice,
  type Parsed,
  parseOrigins,
  parsePath,
  parseToken,
  parseWholeNumber,
  readSetting,
} from './setting.js'

const BYTES_PER_MEBIBYTE = 1024 * 1024

const DEFAULT_ENDPOINT = 'http://127.0.0.1:4319'
const DEFAULT_MAX_QUEUE_BYTES: number = 64 * BYTES_PER_MEBIBYTE
const DEFAULT_MAX_QUEUE_ARTIFACTS = 2048
const DEFAULT_MAX_ARTIFACT_BYTES: number = 100 * BYTES_PER_MEBIBYTE
const DEFAULT_MAX_SPOOL_BYTES: number = 512 * BYTES_PER_MEBIBYTE
const DEFAULT_MAX_SPOOL_FILES = 10_000
const DEFAULT_MAX_SPOOL_AGE_MS = 604_800_000
const DEFAULT_UPLOAD_CONCURRENCY = 4
export const DEFAULT_CONNECT_TIMEOUT_MS = 5000
export const DEFAULT_REQUEST_TIMEOUT_MS = 10_000
export const DEFAULT_STALL_TIMEOUT_MS = 30_000
const DEFAULT_RETRY_INITIAL_DELAY_MS = 500
const DEFAULT_RETRY_MAX_DELAY_MS = 30_000
const DEFAULT_GIVE_UP_AFTER_MS = 300_000
const DEFAULT_SYNC_TIMEOUT_MS = 30_000
const DEFAULT_BREAKER_FAILURES = 5
const DEFAULT_FLUSH_TIMEOUT_MS = 30_000
const DEFAULT_SHUTDOWN_TIMEOUT_MS = 2000

/** The longest time that a timer can wait, in milliseconds. */
const MAX_TIMEOUT_MS = 2_147_483_647

const durabilities = ['crash', 'power'] as const

/** What the spool survives. */
export type SpoolDurability = (typeof durabilities)[number]

/** The numbers that a client works with. */
export interface ArtifactClientLimits {
  /** Bytes held in memory for artifacts that are not stored yet. Default: 64 MiB. */
  readonly maxQueueBytes: number
  /** Artifacts that wait or are under way. Default: 2048. */
  readonly maxQueueArtifacts: number
  /** Size of one artifact, in bytes. A larger one gets a reference with `dropped: "too_large"`. Default: 100 MiB. */
  readonly maxArtifactBytes: number
  /** Bytes in the spool on disk, of all processes that share its directory; 0 turns it off. Default: 512 MiB. */
  readonly maxSpoolBytes: number
  /** Artifacts in the spool. Default: 10,000. */
  readonly maxSpoolFiles: number
  /** For how long an artifact stays in the spool, in milliseconds. Default: 604,800,000 (7 days). */
  readonly maxSpoolAgeMs: number
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
  maxSpoolBytes: { default: DEFAULT_MAX_SPOOL_BYTES, minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  maxSpoolFiles: { default: DEFAULT_MAX_SPOOL_FILES, minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  maxSpoolAgeMs: { default: DEFAULT_MAX_SPOOL_AGE_MS, minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
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
  /**
   * Where artifacts wait that memory has no room for, and those that a process leaves behind. A path; created, readable
   * by this user only, when it does not exist. Processes may share it, if their artifacts go to the same place. Default:
   * a directory under the system's temporary one, by user, endpoint and token; none where a `destination` is given.
   */
  spoolDirectory?: string
  /** Whether every artifact is written to the spool, so that it survives the death of the process. Default: false. */
  spoolEverything?: boolean
  /** What the spool survives: the death of the process, or of the machine too (slower: fsync). Default: `crash`. */
  durability?: SpoolDurability
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
  readonly spoolDirectory: string | undefined
  readonly spoolEverything: boolean
  readonly durability: SpoolDurability
  readonly limits: ArtifactClientLimits
}

const optionNames: readonly string[] = [
  'destination',
  'durability',
  'endpoint',
  'publicUrl',
  'spoolDirectory',
  'spoolEverything',
  'token',
  'trustedUploadOrigins',
  ...Object.keys(numericOptions),
]

/**
 * Completes options from the environment and the defaults.
 *
 * @throws ArtifactConfigurationError for an option in code with an unknown name or a bad value
 */
export function resolveConfiguration(options: ArtifactClientOptions = {}): ArtifactClientConfiguration {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) throw unknownOption(name, { owner: 'an ArtifactClient', known: optionNames })
  }
  const endpoint = readUrl('endpoint', options.endpoint, 'LOGFIRE_BASE_URL') ?? DEFAULT_ENDPOINT
  const token = readSetting({
    option: 'token',
    given: options.token,
    check: parseToken,
    variables: [environmentName('token'), 'LOGFIRE_TOKEN'],
    parse: parseToken,
  })
  const trustedUploadOrigins = readSetting({
    option: 'trustedUploadOrigins',
    given: options.trustedUploadOrigins,
    check: parseOrigins,
    variables: [environmentName('trustedUploadOrigins')],
    parse: (text) => parseOrigins(text.split(',').map((origin) => origin.trim())),
  })
  return {
    endpoint,
    token,
    publicUrl: readUrl('publicUrl', options.publicUrl) ?? endpoint,
    trustedUploadOrigins: trustedUploadOrigins ?? [],
    destination: readDestination(options.destination),
    ...readSpool(options),
    limits: readLimits(options),
  }
}

function readDestination(given: ArtifactDestination | undefined): ArtifactDestination | undefined {
  return readSetting({
    option: 'destination',
    given,
    check: (destination) =>
      typeof destination?.store === 'function' ? { value: destination } : { problem: 'has no method store()' },
    variables: [],
    parse: () => ({ problem: 'is set in code only' }),
  })
}

function readUrl(option: string, given: string | undefined, ...fallbackVariables: string[]): string | undefined {
  const variables = [environmentName(option), ...fallbackVariables]
  return readSetting({ option, given, check: parseBaseUrl, variables, parse: parseBaseUrl })
}

function readSpool(
  options: ArtifactClientOptions,
): Pick<ArtifactClientConfiguration, 'spoolDirectory' | 'spoolEverything' | 'durability'> {
  const spoolDirectory = readSetting({
    option: 'spoolDirectory',
    given: options.spoolDirectory,
    check: parsePath,
    variables: [environmentName('spoolDirectory')],
    parse: parsePath,
  })
  const spoolEverything = readSetting({
    option: 'spoolEverything',
    given: options.spoolEverything,
    check: parseBoolean,
    variables: [environmentName('spoolEverything')],
    parse: parseBoolean,
  })
  const durability = readSetting({
    option: 'durability',
    given: options.durability,
    check: (given) => parseChoice(given, durabilities),
    variables: [environmentName('durability')],
    parse: (text) => parseChoice(text, durabilities),
  })
  return { spoolDirectory, spoolEverything: spoolEverything ?? false, durability: durability ?? 'crash' }
}

function readLimits(options: ArtifactClientOptions): ArtifactClientLimits {
  const read = (option: keyof ArtifactClientLimits): number => {
    const range = numericOptions[option]
    const check = (value: number): Parsed<number> => checkWholeNumber(value, range)
    const parse = (text: string): Parsed<number> => parseWholeNumber(text, range)
    const given = options[option]
    return readSetting({ option, given, check, variables: [environmentName(option)], parse }) ?? range.default
  }
  return {
    maxQueueBytes: read('maxQueueBytes'),
    maxQueueArtifacts: read('maxQueueArtifacts'),
    maxArtifactBytes: read('maxArtifactBytes'),
    maxSpoolBytes: read('maxSpoolBytes'),
    maxSpoolFiles: read('maxSpoolFiles'),
    maxSpoolAgeMs: read('maxSpoolAgeMs'),
    uploadConcurrency: read('uploadConcurrency'),
    connectTimeoutMs: read('connectTimeoutMs'),
    requestTimeoutMs: read('requestTimeoutMs'),
    stallTimeoutMs: read('stallTimeoutMs'),
    retryInitialDelayMs: read('retryInitialDelayMs'),
    retryMaxDelayMs: read('retryMaxDelayMs'),
    giveUpAfterMs: read('giveUpAfterMs'),
    syncTimeoutMs: read('syncTimeoutMs'),
    breakerFailures: read('breakerFailures'),
    flushTimeoutMs: read('flushTimeoutMs'),
    shutdownTimeoutMs: read('shutdownTimeoutMs'),
  }
}

import { ArtifactConfigurationError, type ArtifactClient } from '@span-artifacts/core'
import { answerAtOnce } from './answer-at-once.js'
import { DEFAULT_ATTRIBUTE_NAMES, type HttpAttributeNames } from './attribute-names.js'
import type { BodyRedactor } from './body-redaction.js'
import { contentTypeFilter, DEFAULT_CONTENT_TYPES } from './content-types.js'
import { createBodyRedactor, type RedactOption } from './redaction-option.js'
import type { CapturedRequest, CapturedResponse } from './http-messages.js'
import { shownValue } from './shown-value.js'

/** Default of `maxBodyBytes`: 10 MiB. */
export const DEFAULT_MAX_BODY_BYTES: number = 10 * 1024 * 1024
/** Default of `maxFileBytes`: 100 MiB. */
export const DEFAULT_MAX_FILE_BYTES: number = 100 * 1024 * 1024

/** What is captured of an HTTP exchange, and how. The same in every adapter, but for the kind of its messages. */
export interface HttpCaptureOptions<Request = CapturedRequest, Response = CapturedResponse> {
  /** The client that uploads. Default: the global one, see `configureArtifacts()`. */
  readonly client?: ArtifactClient
  /** Capture request bodies. Default `true`. */
  readonly request?: boolean
  /** Capture response bodies. Default `true`. */
  readonly response?: boolean
  /** Capture the files of multipart requests one by one. Default `true`. */
  readonly files?: boolean
  /**
   * Content types whose bodies are captured; `*` stands for any run of characters. Replaces
   * {@link DEFAULT_CONTENT_TYPES}. Uploaded files are captured whatever their type.
   */
  readonly contentTypes?: readonly string[]
  /**
   * Bodies larger than this many bytes are not stored; digest and size are still recorded. The digest is keyed with a secret of
   * the process where the body may hold secrets. Default 10 MiB.
   */
  readonly maxBodyBytes?: number
  /** Files larger than this many bytes are not stored; digest and size are still recorded. Default 100 MiB. */
  readonly maxFileBytes?: number
  /** Requests for which this returns `true` are not touched at all. Asked before anything is captured; must not be async. */
  ignore?(request: Request): boolean
  /** Asked when the response is complete; what was captured is forgotten when this returns `false`. Must not be async. */
  shouldCapture?(request: Request, response: Response): boolean
  /**
   * Removes secrets from JSON and form bodies before they are hashed, previewed and uploaded. Default `true`: the values
   * of keys such as `password` or `token`. An object adds keys, a function replaces the rules, `false` stores
   * everything as it was sent.
   */
  readonly redact?: RedactOption
  /** Bytes of text shown in `http.*.body.content`, cut between characters. Default 0: no preview. */
  readonly previewBytes?: number
  /** Other names for the span attributes. */
  readonly attributeNames?: Partial<HttpAttributeNames>
}

/** What the capture of a body depends on. */
export interface BodySettings {
  readonly client: ArtifactClient | undefined
  readonly request: boolean
  readonly response: boolean
  readonly files: boolean
  readonly isCapturedType: (contentType: string) => boolean
  readonly maxBodyBytes: number
  readonly maxFileBytes: number
  readonly redactor: BodyRedactor | undefined
  readonly previewBytes: number
  readonly attributeNames: HttpAttributeNames
}

/** Whoever knows the settings of a running capture: an adapter may change them on the way. */
export interface SettingsHolder {
  readonly settings: BodySettings
}

/** {@link HttpCaptureOptions}, checked and with every default filled in. */
export interface HttpCaptureSettings<Request = CapturedRequest, Response = CapturedResponse> extends BodySettings {
  readonly ignore: (request: Request) => boolean
  readonly shouldCapture: (request: Request, response: Response) => boolean
}

interface OptionRule {
  /** What a value must be, in words. */
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
  /** Whether an error must not show the value. */
  readonly isSecret?: boolean
}

/** How each option is checked. */
const OPTION_RULES: Record<keyof HttpCaptureOptions, OptionRule> = {
  client: { expected: 'an ArtifactClient, as configureArtifacts() returns it', accepts: isClient, isSecret: true },
  request: { expected: 'true or false', accepts: isBoolean },
  response: { expected: 'true or false', accepts: isBoolean },
  files: { expected: 'true or false', accepts: isBoolean },
  contentTypes: {
    expected: 'an array of media types such as "image/*", without parameters',
    accepts: (value) => Array.isArray(value) && value.every(isMediaTypePattern),
  },
  maxBodyBytes: { expected: 'a number of bytes, 0 or more', accepts: isByteCount },
  maxFileBytes: { expected: 'a number of bytes, 0 or more', accepts: isByteCount },
  ignore: { expected: 'a function', accepts: isFunction },
  shouldCapture: { expected: 'a function', accepts: isFunction },
  redact: { expected: 'true, false, { keys: [...] } or a function', accepts: isRedactOption },
  previewBytes: { expected: 'a number of bytes, 0 or more', accepts: isByteCount },
  attributeNames: {
    expected: `an object with some of ${Object.keys(DEFAULT_ATTRIBUTE_NAMES).join(', ')}, each a name of its own`,
    accepts: isAttributeNames,
  },
}

/**
 * Checks options and fills in the defaults. Adapters call it once, at installation, where a mistake can still be seen.
 *
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function resolveHttpCaptureOptions<Request = CapturedRequest, Response = CapturedResponse>(
  options: HttpCaptureOptions<Request, Response> = {},
): HttpCaptureSettings<Request, Response> {
  if (typeof options !== 'object' || options === null) {
    throw new ArtifactConfigurationError(
      'invalid_option',
      'options',
      'The options of an HTTP capture must be an object.',
    )
  }
  const rules = new Map(Object.entries(OPTION_RULES))
  for (const [name, value] of Object.entries(options)) {
    const rule = rules.get(name)
    if (rule === undefined) {
      const message = `Unknown option "${name}" of an HTTP capture. Known are: ${[...rules.keys()].join(', ')}. What concerns uploads belongs to configureArtifacts().`
      throw new ArtifactConfigurationError('unknown_option', name, message)
    }
    if (value !== undefined && !rule.accepts(value)) {
      const given = rule.isSecret ? '' : `, not ${shownValue(value)}`
      throw new ArtifactConfigurationError('invalid_option', name, `Option "${name}" must be ${rule.expected}${given}.`)
    }
  }
  return {
    client: options.client,
    request: options.request ?? true,
    response: options.response ?? true,
    files: options.files ?? true,
    isCapturedType: contentTypeFilter(options.contentTypes ?? DEFAULT_CONTENT_TYPES),
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    maxFileBytes: options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES,
    ignore: (request) => answerAtOnce('ignore', options.ignore?.(request)) ?? false,
    shouldCapture: (request, response) =>
      answerAtOnce('shouldCapture', options.shouldCapture?.(request, response)) ?? true,
    redactor: createBodyRedactor(options.redact),
    previewBytes: options.previewBytes ?? 0,
    attributeNames: { ...DEFAULT_ATTRIBUTE_NAMES, ...options.attributeNames },
  }
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

/** One of another copy of the core is one too. Its options in its place would lose all that is captured. */
function isClient(value: unknown): boolean {
  return typeof value === 'object' && value !== null && isFunction(Reflect.get(value, 'submit'))
}

/** `json` or `text/html; charset=utf-8` would never match anything. */
function isMediaTypePattern(value: unknown): boolean {
  return typeof value === 'string' && /^[^\s;,]*[/*][^\s;,]*$/.test(value.trim())
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isByteCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isRedactOption(value: unknown): boolean {
  if (isBoolean(value) || isFunction(value)) return true
  const { keys, ...others }: Record<string, unknown> = Object(value)
  return Array.isArray(keys) && keys.every(isKey) && Object.keys(others).length === 0
}

function isKey(key: unknown): boolean {
  return (typeof key === 'string' && key !== '') || key instanceof RegExp
}

function isAttributeNames(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const areNames = Object.entries(value).every(
    ([name, text]) => Object.hasOwn(DEFAULT_ATTRIBUTE_NAMES, name) && typeof text === 'string' && text !== '',
  )
  // Two references under one name: the first would be lost.
  const all = Object.values({ ...DEFAULT_ATTRIBUTE_NAMES, ...value })
  return areNames && new Set(all).size === all.length
}

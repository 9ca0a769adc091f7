import { checkOptions, OPTION_RULES, type ArtifactClient, type OptionRule } from '@span-artifacts/core'
import { answerAtOnce } from './answer-at-once.js'
import { DEFAULT_ATTRIBUTE_NAMES, type HttpAttributeNames } from './attribute-names.js'
import type { BodyRedactor } from './body-redaction.js'
import { contentTypeFilter, DEFAULT_CONTENT_TYPES } from './content-types.js'
import { createBodyRedactor, type RedactOption } from './redaction-option.js'
import type { CapturedRequest, CapturedResponse } from './http-messages.js'

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

/** How each option is checked. */
export const HTTP_OPTION_RULES: Readonly<Record<keyof HttpCaptureOptions, OptionRule>> = {
  client: OPTION_RULES.client,
  request: OPTION_RULES.boolean,
  response: OPTION_RULES.boolean,
  files: OPTION_RULES.boolean,
  contentTypes: {
    expected: 'an array of media types such as "image/*", without parameters',
    accepts: (value) => Array.isArray(value) && value.every(isMediaTypePattern),
  },
  maxBodyBytes: OPTION_RULES.bytes,
  maxFileBytes: OPTION_RULES.bytes,
  ignore: OPTION_RULES.function,
  shouldCapture: OPTION_RULES.function,
  redact: { expected: 'true, false, { keys: [...] } or a function', accepts: isRedactOption },
  previewBytes: OPTION_RULES.bytes,
  attributeNames: attributeNamesRule(Object.keys(DEFAULT_ATTRIBUTE_NAMES)),
}

/**
 * Checks options and fills in the defaults. Adapters call it once, at installation, where a mistake can still be seen.
 *
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function resolveHttpCaptureOptions<Request = CapturedRequest, Response = CapturedResponse>(
  options: HttpCaptureOptions<Request, Response> = {},
): HttpCaptureSettings<Request, Response> {
  checkOptions(options, {
    owner: 'an HTTP capture',
    rules: HTTP_OPTION_RULES,
    hint: 'What concerns uploads belongs to configureArtifacts().',
  })
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

/** `json` or `text/html; charset=utf-8` would never match anything. */
function isMediaTypePattern(value: unknown): boolean {
  return typeof value === 'string' && /^[^\s;,]*[/*][^\s;,]*$/.test(value.trim())
}

function isRedactOption(value: unknown): boolean {
  if (typeof value === 'boolean' || typeof value === 'function') return true
  const { keys, ...others }: Record<string, unknown> = Object(value)
  return Array.isArray(keys) && keys.every(isKey) && Object.keys(others).length === 0
}

function isKey(key: unknown): boolean {
  return (typeof key === 'string' && key !== '') || key instanceof RegExp
}

/** @param names the members that there are */
export function attributeNamesRule(names: readonly string[]): OptionRule {
  return {
    expected: `an object with some of ${names.join(', ')}, each a name of its own`,
    accepts: (value) => {
      if (typeof value !== 'object' || value === null) return false
      const areNames = Object.entries(value).every(
        ([name, text]) => names.includes(name) && typeof text === 'string' && text !== '',
      )
      // Two references under one name: the first would be lost.
      const all = Object.values({ ...DEFAULT_ATTRIBUTE_NAMES, ...value })
      return areNames && new Set(all).size === all.length
    },
  }
}

import { platform } from '#platform'
import { diagnostics } from './diagnostics.js'
import { ArtifactConfigurationError } from './errors.js'
import { shownValue } from './shown-value.js'

/** A value that was understood, or what is wrong with it: the end of a sentence that begins with the setting's name. */
export type Parsed<Value> = { readonly value: Value } | { readonly problem: string }

/** One thing that can be set in code or through the environment. */
export interface Setting<Given, Value> {
  readonly option: string
  /** What was set in code, if anything. */
  readonly given: Given | undefined
  readonly check: (given: Given) => Parsed<Value>
  /** The environment variables that are asked, in this order, when nothing was set in code. */
  readonly variables: readonly string[]
  readonly parse: (text: string) => Parsed<Value>
}

/**
 * Reads a setting. As OpenTelemetry has it, an empty environment variable is unset, and a bad value in one warns and is
 * ignored (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Code wins.
 *
 * @returns undefined when it is not set
 * @throws ArtifactConfigurationError for a bad value in code
 */
export function readSetting<Given, Value>(setting: Setting<Given, Value>): Value | undefined {
  const { option, given } = setting
  if (given !== undefined) {
    const result = setting.check(given)
    if ('value' in result) return result.value
    throw new ArtifactConfigurationError('invalid_option', option, `the option ${option} ${result.problem}`)
  }
  for (const variable of setting.variables) {
    const text = platform.environmentVariable(variable)?.trim() ?? ''
    if (text === '') continue
    const result = setting.parse(text)
    if ('value' in result) return result.value
    diagnostics.warn('invalid_environment', `the environment variable ${variable} ${result.problem}; it is ignored`)
  }
  return undefined
}

/** The environment variable of an option: `maxQueueBytes` is `SPAN_ARTIFACTS_MAX_QUEUE_BYTES`. */
export function environmentName(option: string): string {
  return `SPAN_ARTIFACTS_${option.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** Reads a base URL. @returns it without a slash at its end; problems never repeat it, as it may hold a password */
export function parseBaseUrl(text: string): Parsed<string> {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return { problem: 'is not a URL: it must look like https://artifacts.example.com' }
  if (url.username !== '' || url.password !== '')
    return { problem: 'holds a user name or password: use the token option' }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { problem: `has the scheme ${JSON.stringify(url.protocol)}: it must be http or https` }
  }
  if (url.search !== '' || url.hash !== '') return { problem: 'has a query or a fragment: it must end with the path' }
  return { value: url.href.replace(/\/+$/, '') }
}

/** Reads origins such as `http://minio:9000`. */
export function parseOrigins(origins: readonly string[]): Parsed<string[]> {
  if (!Array.isArray(origins)) return { problem: 'is not a list of URLs' }
  const results = origins.map((origin) => parseBaseUrl(origin))
  const bad = results.find((result) => 'problem' in result)
  return bad ?? { value: results.flatMap((result) => ('value' in result ? [new URL(result.value).origin] : [])) }
}

/** Reads a bearer token: RFC 6750 section 2.1. Anything else would break the header, or smuggle another one in. */
export function parseToken(text: string): Parsed<string> {
  const isValid = typeof text === 'string' && /^[\w.~+/-]+=*$/.test(text)
  return isValid ? { value: text } : { problem: 'holds characters that a bearer token cannot have (RFC 6750)' }
}

/** Reads a whole number from text. */
export function parseWholeNumber(text: string, range: { minimum: number; maximum: number }): Parsed<number> {
  return checkWholeNumber(/^\d+$/.test(text) ? Number(text) : text, range)
}

/** Checks that a value is a whole number in a range. */
export function checkWholeNumber(value: unknown, range: { minimum: number; maximum: number }): Parsed<number> {
  const { minimum, maximum } = range
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum && value <= maximum) return { value }
  return { problem: `is ${shownValue(value)}: it must be a whole number from ${minimum} to ${maximum}` }
}

/** Reads the path of a directory. */
export function parsePath(value: unknown): Parsed<string> {
  const isPath = typeof value === 'string' && value !== '' && !value.includes('\0')
  return isPath ? { value } : { problem: 'is not a path: it must name a directory' }
}

/** Reads a boolean: OpenTelemetry takes `true` in any case, and here anything else but `false` is a mistake. */
export function parseBoolean(value: unknown): Parsed<boolean> {
  const text = String(value).toLowerCase()
  if (text === 'true' || text === 'false') return { value: text === 'true' }
  return { problem: `is ${shownValue(value)}: it must be true or false` }
}

/** Reads one of several words. */
export function parseChoice<Choice extends string>(value: unknown, choices: readonly Choice[]): Parsed<Choice> {
  const choice = choices.find((known) => known === value)
  if (choice !== undefined) return { value: choice }
  return { problem: `is ${shownValue(value)}: it must be ${choices.join(' or ')}` }
}

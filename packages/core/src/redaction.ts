import { replaceEventData } from './event-stream.js'
import { parseJson } from './json.js'
import { beginsLikeJson } from './json-text.js'
import { REDACTED, redactJson } from './redact-json.js'
import { DEFAULT_SENSITIVE_KEYS, isSensitiveKey, SensitiveKeys } from './sensitive-keys.js'
import { mayHoldSensitiveKey } from './sensitive-stems.js'

/** A form with more pairs than this is not taken apart: it would take tens of milliseconds. */
const MAX_FORM_PAIRS = 50_000

export interface RedactTextOptions {
  /**
   * The media type of the text: JSON, lines of JSON, JSON in server-sent events and URL-encoded forms are redacted, anything
   * else is left alone.
   */
  contentType: string
  /** The keys whose values are redacted. Default: {@link DEFAULT_SENSITIVE_KEYS}. Pass the same array each time. */
  sensitiveKeys?: readonly RegExp[]
  /**
   * Whether the end of the text is known to be missing. Default: `false`. What `{"value": "…"` would have been called may have
   * stood there, so it is redacted.
   */
  truncated?: boolean
}

/**
 * - `unchanged`: nothing sensitive was found, keep the bytes as they are.
 * - `redacted`: use this text in place of it.
 * - `impossible`: it may hold secrets, but cannot be taken apart; do not keep it.
 */
export type RedactionResult =
  | { readonly state: 'unchanged' }
  | { readonly state: 'redacted'; readonly text: string }
  | { readonly state: 'impossible'; readonly reason: 'too_large' | 'unparsable' }

/**
 * Replaces the values of sensitive keys in a captured text body and leaves every other character as it is. Looks into JSON
 * that stands in a JSON string, and into a form that is really JSON.
 *
 * Takes time in proportion to the number of members: some 5 ms per megabyte of short ones where nothing is sensitive.
 * Where something is, a text that would take more than some tens of milliseconds is `impossible`.
 */
export function redactText(text: string, options: RedactTextOptions): RedactionResult {
  const { contentType, sensitiveKeys = DEFAULT_SENSITIVE_KEYS, truncated = false } = options
  const syntax = syntaxOf(contentType)
  if (syntax === undefined) return { state: 'unchanged' }
  if (syntax === 'events') return redactEvents(text, sensitiveKeys, truncated)
  if (syntax === 'form' && !beginsLikeJson(text)) return redactForm(text, sensitiveKeys, truncated)
  const result = redactJson(text, SensitiveKeys.of(sensitiveKeys), truncated)
  if ('problem' in result) return { state: 'impossible', reason: result.problem }
  // `curl -d '{…}'` calls JSON a form, but names of fields may begin with a bracket too.
  if (syntax === 'form' && parseJson(text.replace(/^\ufeff/, '')) === undefined)
    return redactForm(result.text, sensitiveKeys, truncated, text)
  return compare(text, result.text)
}

/**
 * Whether {@link redactText} could find anything in a body, told from its bytes: most bodies hold nothing that looks like a
 * part of a sensitive key, and are done with in a quarter of a millisecond per megabyte. A `false` is certain; a `true` may
 * mean no more than that it takes a closer look, as always with keys other than {@link DEFAULT_SENSITIVE_KEYS}.
 *
 * @param chunks the body in UTF-8, in order
 */
export function mayNeedRedaction(chunks: readonly Uint8Array[], options: RedactTextOptions): boolean {
  const { contentType, sensitiveKeys = DEFAULT_SENSITIVE_KEYS, truncated = false } = options
  const syntax = syntaxOf(contentType)
  if (syntax === undefined) return false
  // What would tell may be missing.
  if (truncated) return true
  // An escape of a form may spell any letter of a key.
  if (sensitiveKeys !== DEFAULT_SENSITIVE_KEYS || (syntax === 'form' && hasPercentSign(chunks))) return true
  return mayHoldSensitiveKey(chunks)
}

const PERCENT_SIGN = 0x25

function hasPercentSign(chunks: readonly Uint8Array[]): boolean {
  return chunks.some((chunk) => chunk.includes(PERCENT_SIGN))
}

type Syntax = 'json' | 'form' | 'events' | undefined

/** Most bodies have one of a few content types. */
const knownSyntaxes = new Map<string, Syntax>()
const MAX_KNOWN_SYNTAXES = 64

function syntaxOf(contentType: string): Syntax {
  let syntax = knownSyntaxes.get(contentType)
  if (syntax === undefined && !knownSyntaxes.has(contentType)) {
    const mediaType = contentType.toLowerCase().split(';', 1)[0]?.trim() ?? ''
    const isForm = mediaType === 'application/x-www-form-urlencoded'
    const isJson = /[/+](?:x-)?(?:json|ndjson|jsonl|jsonlines|json-seq)$|\/csp-report$/.test(mediaType)
    const isEvents = mediaType === 'text/event-stream'
    syntax = isForm ? 'form' : isJson ? 'json' : isEvents ? 'events' : undefined
    if (knownSyntaxes.size < MAX_KNOWN_SYNTAXES) knownSyntaxes.set(contentType, syntax)
  }
  return syntax
}

function redactEvents(text: string, sensitiveKeys: readonly RegExp[], truncated: boolean): RedactionResult {
  const keys = SensitiveKeys.of(sensitiveKeys)
  let problem: 'too_large' | 'unparsable' | undefined
  const redacted = replaceEventData(text, (data) => {
    if (!beginsLikeJson(data)) return data
    const result = redactJson(data, keys, truncated)
    if ('text' in result) return result.text
    problem = result.problem
    return data
  })
  return problem === undefined ? compare(text, redacted) : { state: 'impossible', reason: problem }
}

/** https://url.spec.whatwg.org/#urlencoded-parsing */
function redactForm(
  text: string,
  sensitiveKeys: readonly RegExp[],
  truncated: boolean,
  original: string = text,
): RedactionResult {
  const pairs = text.split('&', MAX_FORM_PAIRS + 1)
  if (pairs.length > MAX_FORM_PAIRS) return { state: 'impossible', reason: 'too_large' }
  const redacted = pairs.map((pair) => {
    const separator = pair.indexOf('=')
    if (separator === -1 || separator === pair.length - 1) return pair
    const key = pair.slice(0, separator)
    if (isSensitiveKey(decode(key), sensitiveKeys)) return `${key}=${encodeURIComponent(REDACTED)}`
    const value = pair.slice(separator + 1)
    return encodedJsonStart.test(value) ? `${key}=${redactFormValue(value, sensitiveKeys, truncated)}` : pair
  })
  return compare(original, redacted.join('&'))
}

/** White space or a byte order mark, and then what JSON begins with that holds keys: a bracket or a quote, escaped or not. */
const encodedJsonStart = /^(?:[\s+\ufeff]|%(?:20|0[9ad]|ef%bb%bf))*(?:[[{"]|%(?:5b|7b|22))/i

/** Forms often carry the rest of their data as JSON in one field. */
function redactFormValue(value: string, sensitiveKeys: readonly RegExp[], truncated: boolean): string {
  const text = decode(value)
  if (!beginsLikeJson(text)) return value
  const result = redactJson(text, SensitiveKeys.of(sensitiveKeys), truncated)
  if ('problem' in result) return encodeURIComponent(REDACTED)
  return result.text === text ? value : encodeURIComponent(result.text)
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * As lenient as the parsers of forms: what is no valid escape stays, and bytes that are no UTF-8 become U+FFFD.
 *
 * https://url.spec.whatwg.org/#percent-decode
 */
function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  if (!spaced.includes('%')) return spaced
  const bytes = encoder.encode(spaced)
  let length = 0
  for (let index = 0; index < bytes.length; index += 1) {
    let byte = bytes[index] ?? 0
    if (byte === PERCENT_SIGN) {
      const escaped = hexDigit(bytes[index + 1]) * 16 + hexDigit(bytes[index + 2])
      if (!Number.isNaN(escaped)) {
        byte = escaped
        index += 2
      }
    }
    bytes[length] = byte
    length += 1
  }
  return decoder.decode(bytes.subarray(0, length))
}

/** @returns NaN when it is the code of none */
function hexDigit(code = 0): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lowerCase = code | 0x20
  return lowerCase >= 0x61 && lowerCase <= 0x66 ? lowerCase - 0x57 : Number.NaN
}

function compare(before: string, after: string): RedactionResult {
  return before === after ? { state: 'unchanged' } : { state: 'redacted', text: after }
}

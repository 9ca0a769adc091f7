import { type JsonValueStart, replaceJsonMembers } from './json-redaction.js'

/** What stands in place of a redacted value. */
export const REDACTED = '[redacted]'

/** The longest text that is searched for sensitive words when it cannot be scanned, in characters. */
const MAX_SEARCHED_LENGTH = 1024 * 1024

/** Keys whose values are secrets as a rule. `auth` but not `author`, yet `authorization`. */
export const DEFAULT_SENSITIVE_KEYS: readonly RegExp[] = [
  /passw(?:or)?d|passphrase|mysql_pwd/i,
  /secret/i,
  /token/i,
  /api[._ -]?key/i,
  /private[._ -]?key/i,
  /credential/i,
  /session/i,
  /cookie/i,
  /[cx]srf/i,
  /auth(?!or(?!i[sz]))/i,
  /credit[._ -]?card/i,
  /social[._ -]?security/i,
  // Too short to be looked for within other words, such as `classname`.
  /(?:^|[^a-z])(?:jwt|ssn)(?:$|[^a-z])|[a-z](?:Jwt|Ssn|JWT|SSN)(?![a-z])/,
  /^(?:jwt|ssn)/i,
]

/** `max_tokens`, `usage.total_tokens`, `prompt_tokens_details`: counts of a language model, not secrets. */
const tokenCount = /tokens(?:$|[._ -]?(?:count|details|limit|used))/i

export interface RedactTextOptions {
  /** The media type of the text: JSON, JSON lines or URL-encoded forms are redacted, anything else is left alone. */
  contentType: string
  /** The keys whose values are redacted, without the `g` flag. Default: {@link DEFAULT_SENSITIVE_KEYS}. */
  sensitiveKeys?: readonly RegExp[]
}

/**
 * `unchanged`: nothing sensitive was found, keep the bytes as they are. `redacted`: use this text in place of it.
 * `impossible`: it may hold secrets, but cannot be redacted; do not keep it.
 */
export type RedactionResult =
  | { readonly state: 'unchanged' }
  | { readonly state: 'redacted'; readonly text: string }
  | { readonly state: 'impossible'; readonly reason: 'too_large' | 'unparsable' }

/**
 * Replaces the values of sensitive keys in a captured text body, and leaves every other character as it is. Takes some
 * ten milliseconds at worst, whatever the size.
 */
export function redactText(text: string, options: RedactTextOptions): RedactionResult {
  const { contentType, sensitiveKeys = DEFAULT_SENSITIVE_KEYS } = options
  const [mediaType = ''] = contentType.toLowerCase().split(';')
  if (/^application\/x-www-form-urlencoded\s*$/.test(mediaType)) return compare(text, redactForm(text, sensitiveKeys))
  if (!/[/+](?:json|x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines|json-seq)\s*$/.test(mediaType)) {
    return { state: 'unchanged' }
  }
  const shouldReplace = (key: string, value: JsonValueStart): boolean => holdsSecret(key, value, sensitiveKeys)
  const scan = replaceJsonMembers(text, shouldReplace, JSON.stringify(REDACTED))
  if (scan.outcome === 'scanned') return compare(text, scan.text)
  return mentions(text, sensitiveKeys) ? { state: 'impossible', reason: scan.outcome } : { state: 'unchanged' }
}

/** Whether the value of this key is a secret as a rule. */
export function isSensitiveKey(key: string, sensitiveKeys: readonly RegExp[] = DEFAULT_SENSITIVE_KEYS): boolean {
  return sensitiveKeys.some((pattern) => pattern.test(key))
}

function holdsSecret(key: string, value: JsonValueStart, sensitiveKeys: readonly RegExp[]): boolean {
  switch (value) {
    case 'empty_string':
    case 'literal':
      return false
    case 'number':
    case 'object':
      return isSensitiveKey(key, sensitiveKeys) && !tokenCount.test(key)
    case 'string':
    case 'array':
      return isSensitiveKey(key, sensitiveKeys)
  }
}

/** https://url.spec.whatwg.org/#urlencoded-parsing */
function redactForm(text: string, sensitiveKeys: readonly RegExp[]): string {
  const pairs = text.split('&').map((pair) => {
    const separator = pair.indexOf('=')
    if (separator === -1 || separator === pair.length - 1) return pair
    const key = pair.slice(0, separator)
    if (!isSensitiveKey(key, sensitiveKeys) && !isSensitiveKey(decodeFormKey(key), sensitiveKeys)) return pair
    return `${key}=${encodeURIComponent(REDACTED)}`
  })
  return pairs.join('&')
}

function decodeFormKey(key: string): string {
  const spaced = key.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/** Whether a text that cannot be scanned may hold a sensitive key. An escape may hide one. */
function mentions(text: string, sensitiveKeys: readonly RegExp[]): boolean {
  return text.length > MAX_SEARCHED_LENGTH || text.includes('\\u') || isSensitiveKey(text, sensitiveKeys)
}

function compare(before: string, after: string): RedactionResult {
  return before === after ? { state: 'unchanged' } : { state: 'redacted', text: after }
}

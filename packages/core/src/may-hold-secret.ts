import { isPartOfWord, isWhiteSpace, skipWhiteSpace, startOfBackslashes, WHITE_SPACE_ESCAPE } from './json-text.js'
import { mayHoldPair, mayNameSecret } from './may-name-secret.js'
import { NAME_KEYS, RAW_HEADERS_KEY, VALUE_KEYS } from './named-values.js'
import type { SensitiveKeys } from './sensitive-keys.js'

/**
 * Escapes of what a key is told by, or of what these escapes are made of: quotes, commas, colons, digits, letters and
 * backslashes. Only the exact scan sees through them. Not the backtick nor `<`, `>`, `&` and `+`: many encoders escape them.
 */
const escapedSyntax = /\\u00(?!60)(?:2[27cC]|3[\daA]|[4-7])/

/** An object without strings and further objects; its quotes may be escaped. No two matches overlap. */
const objectOfNumbers = /\{[^:{}[\]]*(?::\s*(?:-?\d[\d.eE+-]*(?![\d.eE+-])|true|false|null)[^:{}[\]]*)*\}/y

/** Any of `VALUE_KEYS`, or `RAW_HEADERS_KEY`. */
const valueKey = /(?:[vV]alue|rawHeaders)\\*"/
const NO_KEYS: ReadonlySet<string> = new Set()

/** The rest of an escape behind its backslash. */
const restOfEscape = /^(?:u[\da-f]{4}|[a-z])/i
const restOfWhiteSpace = new RegExp(`^${WHITE_SPACE_ESCAPE}$`, 'i')

/**
 * Whether a sensitive key stands before a colon anywhere, with any quotes or none, in valid JSON or not, also in JSON inside
 * of a string; or in one of the other places that `findNamedValues` knows. Most bodies have none, and end here: this jumps
 * from colon to colon, and from bracket to bracket, some 5 ms per megabyte of short members. A `false` is certain as far as JSON
 * goes.
 *
 * @param options.takesBareWords whether a key may stand without quotes. Default: `true`
 * @param options.isCutOff whether the name of a value may have stood behind the end of the text. Default: `false`
 */
export function mayHoldSecret(
  text: string,
  keys: SensitiveKeys,
  { takesBareWords = true, isCutOff = false }: { takesBareWords?: boolean; isCutOff?: boolean } = {},
): boolean {
  // Not kept for the loop: V8 moves a search to where its result is needed, and would search again at each colon.
  if (text.includes('\\u00') && escapedSyntax.test(text)) return true
  // Names are many, and of no interest where nothing is called a value.
  const nameKeys = valueKey.test(text) ? NAME_KEYS : NO_KEYS
  let hasValue = false
  let hasName = isCutOff
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    let end = colon
    while (isWhiteSpace(text.charCodeAt(end - 1))) end -= 1
    const quote = text.charCodeAt(end - 1)
    const isQuoted = quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE
    if (!isQuoted && !takesBareWords) continue
    const key = isQuoted ? quotedKey(text, end - 1, quote) : bareKey(text, end)
    if (key === undefined) return true
    hasValue ||= VALUE_KEYS.has(key)
    hasName ||= nameKeys.has(key) && mayNameSecret(text, colon + 1, keys)
    if ((hasValue && hasName) || key === RAW_HEADERS_KEY) return true
    if (!keys.canBeSecret(key)) continue
    const valueStart = skipWhiteSpace(text, colon + 1)
    const firstCharacter = text[valueStart] ?? ''
    if (keys.isSecret(key, firstCharacter)) return true
    if (firstCharacter === '{' && !isObjectOfNumbers(text, valueStart)) return true
  }
  return mayHoldPair(text, keys)
}

/**
 * Whether `findNamedValues` could find anything in a text, apart from what stands inside of its strings: it takes far longer. A
 * `false` is certain.
 */
export function mayHoldNamedValue(text: string, keys: SensitiveKeys): boolean {
  return valueKey.test(text) || escapedSyntax.test(text) || mayHoldPair(text, keys)
}

/**
 * @param closing the place of the closing quote
 * @returns the key without the backslashes that its quotes have inside of a string; undefined where only the exact scan
 *   knows what it is
 */
function quotedKey(text: string, closing: number, quote: number): string | undefined {
  const end = startOfBackslashes(text, closing)
  let start = end
  while (start > 0) {
    const code = text.charCodeAt(start - 1)
    if (code === quote) break
    // An escape may spell anything.
    if (code === BACKSLASH) return undefined
    start -= 1
  }
  // Quotes with fewer or more backslashes than these are part of the key, which then begins or ends elsewhere.
  if (start - 1 - startOfBackslashes(text, start - 1) !== closing - end) return undefined
  return text.slice(start, end)
}

/** @returns undefined where it is escaped white space, behind which a key may stand */
function bareKey(text: string, end: number): string | undefined {
  let start = end
  while (isPartOfWord(text.charCodeAt(start - 1))) start -= 1
  const word = text.slice(start, end)
  if (text.charCodeAt(start - 1) !== BACKSLASH) return word
  return restOfWhiteSpace.test(word) ? undefined : word.replace(restOfEscape, '')
}

function isObjectOfNumbers(text: string, start: number): boolean {
  objectOfNumbers.lastIndex = start
  return objectOfNumbers.test(text)
}

const DOUBLE_QUOTE = 0x22
const SINGLE_QUOTE = 0x27
const BACKSLASH = 0x5c

import { isWhiteSpace, skipWhiteSpace } from './json-text.js'
import type { SensitiveKeys } from './sensitive-keys.js'

/** `{"name": "password", "value": "…"}`, as forms, headers and environments are written: the key is a value. */
export const NAME_KEYS: ReadonlySet<string> = new Set(['name', 'key', 'field'])
export const VALUE_KEY = 'value'

/**
 * Escapes of what a key is told by, or of what these escapes are made of: quotes, commas, colons, digits, letters and
 * backslashes. Only the exact scan sees through them. Not the backtick nor `<`, `>`, `&` and `+`: many encoders escape them.
 */
const escapedSyntax = /\\u00(?!60)(?:2[27cC]|3[\daA]|[4-7])/

/** An object without strings and further objects; its quotes may be escaped. No two matches overlap. */
const objectOfNumbers = /\{[^:{}[\]]*(?::\s*(?:-?\d[\d.eE+-]*(?![\d.eE+-])|true|false|null)[^:{}[\]]*)*\}/y

/** The rest of an escape behind its backslash. */
const restOfEscape = /^(?:u[\da-f]{4}|[a-z])/i
const restOfWhiteSpace = /^(?:[nrtbf]|u00(?:0[9a-d]|20))$/i
const whiteSpaceEscape = /\\(?:[nrtbf]|u00(?:0[9a-d]|20))$/i
const LONGEST_ESCAPE = String.raw`\u0020`.length

/**
 * Whether a sensitive key stands before a colon anywhere, with any quotes or none, in valid JSON or not, also in JSON inside
 * of a string. Most bodies have none, and end here: this jumps from colon to colon, some 5 ms per megabyte of short members.
 * A `false` is certain as far as JSON goes.
 *
 * @param takesBareWords whether a key may stand without quotes. Default: `true`
 */
export function mayHoldSecret(text: string, keys: SensitiveKeys, takesBareWords = true): boolean {
  // Not kept for the loop: V8 moves a search to where its result is needed, and would search again at each colon.
  if (text.includes('\\u00') && escapedSyntax.test(text)) return true
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    let end = colon
    while (isWhiteSpace(text.charCodeAt(end - 1))) end -= 1
    const quote = text.charCodeAt(end - 1)
    const isQuoted = quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE
    if (!isQuoted && !takesBareWords) continue
    const key = isQuoted ? quotedKey(text, end - 1, quote) : bareKey(text, end)
    if (key === undefined) return true
    if (key === VALUE_KEY && isQuoted && isNamedSecret(text, startOfQuoted(text, end - 1, quote) - 1, keys)) return true
    if (!keys.canBeSecret(key)) continue
    const valueStart = skipWhiteSpace(text, colon + 1)
    const firstCharacter = text[valueStart] ?? ''
    if (keys.isSecret(key, firstCharacter)) return true
    if (firstCharacter === '{' && !isObjectOfNumbers(text, valueStart)) return true
  }
  return false
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

/** Whether the member before the one whose key begins here gives it a sensitive name. */
function isNamedSecret(text: string, keyStart: number, keys: SensitiveKeys): boolean {
  const comma = skipBackwards(text, keyStart) - 1
  const nameEnd = skipBackwards(text, comma) - 1
  if (text.charCodeAt(comma) !== COMMA || text.charCodeAt(nameEnd) !== DOUBLE_QUOTE) return false
  const name = quotedKey(text, nameEnd, DOUBLE_QUOTE)
  if (name === undefined) return true
  const colon = skipBackwards(text, startOfQuoted(text, nameEnd, DOUBLE_QUOTE) - 1) - 1
  const nameKeyEnd = skipBackwards(text, colon) - 1
  if (text.charCodeAt(colon) !== COLON || text.charCodeAt(nameKeyEnd) !== DOUBLE_QUOTE) return false
  const nameKey = quotedKey(text, nameKeyEnd, DOUBLE_QUOTE)
  return nameKey === undefined || (NAME_KEYS.has(nameKey) && keys.canBeSecret(name))
}

/** @returns the index after the last character before `end` that is neither white space, escaped or not, nor a backslash */
function skipBackwards(text: string, end: number): number {
  let index = end
  for (;;) {
    const code = text.charCodeAt(index - 1)
    if (isWhiteSpace(code) || code === BACKSLASH) {
      index -= 1
      continue
    }
    const escape =
      code === DOUBLE_QUOTE ? null : whiteSpaceEscape.exec(text.slice(Math.max(0, index - LONGEST_ESCAPE), index))
    if (escape === null) return index
    index -= escape[0].length
  }
}

function isObjectOfNumbers(text: string, start: number): boolean {
  objectOfNumbers.lastIndex = start
  return objectOfNumbers.test(text)
}

const DOUBLE_QUOTE = 0x22
const SINGLE_QUOTE = 0x27
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a

/** Keys are short: a search by the runtime would take longer to begin than this takes. */
function startOfQuoted(text: string, end: number, quote: number): number {
  let start = end
  while (start > 0 && text.charCodeAt(start - 1) !== quote) start -= 1
  return start
}

function startOfBackslashes(text: string, end: number): number {
  let start = end
  while (text.charCodeAt(start - 1) === BACKSLASH) start -= 1
  return start
}

/** A letter, a digit or one of `_$.-`. */
function isPartOfWord(code: number): boolean {
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a
  return isLetter || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x24 || code === 0x2e || code === 0x2d
}

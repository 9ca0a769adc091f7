import { parseJson } from './json.js'
import { endOfString, endOfValue, isWhiteSpace, skipWhiteSpace } from './json-text.js'
import type { SensitiveKeys } from './sensitive-keys.js'

/** What stands in place of a redacted value. */
export const REDACTED = '[redacted]'

/**
 * How much of a document is taken apart: strings, and characters outside of strings. That takes some ten milliseconds at
 * worst; long strings, such as base64, cost next to nothing.
 */
const MAX_STRINGS = 100_000
const MAX_CHARACTERS_OUTSIDE_STRINGS = 4 * 1024 * 1024

/** JSON inside of a JSON string is looked into, this many levels deep. */
const MAX_NESTED_DOCUMENTS = 5

/**
 * What stands outside of the strings of a JSON document besides the three literals (RFC 8259); `\p{Cc}` for the record
 * separator between several documents (RFC 7464).
 */
const foreignCharacter = /[^\s[\]{}:,.\d+\-eE\p{Cc}]/u
const literals = /\b(?:true|false|null)\b/g

export type JsonRedaction = { readonly text: string } | { readonly problem: 'too_large' | 'unparsable' }

/**
 * Replaces secrets in a JSON document, or in several on lines of their own, and leaves every other character as it is:
 * numbers keep their digits, members their order; duplicates and white space stay. Takes linear time.
 *
 * @returns the text, the same string when nothing was replaced; or why it cannot be taken apart although it may hold a
 *   secret
 */
export function redactJson(text: string, keys: SensitiveKeys): JsonRedaction {
  if (!mayHoldSecret(text, keys)) return { text }
  return replaceSecrets(text, keys, { strings: 0, outside: 0, depth: 0 })
}

/**
 * Whether a sensitive key stands before a colon anywhere, with any quotes or none, in valid JSON or not. Most bodies have
 * none, and end here: this jumps from colon to colon, some 5 ms per megabyte of short members.
 */
function mayHoldSecret(text: string, keys: SensitiveKeys): boolean {
  // One may spell a letter of a key.
  const hasEscapes = text.includes('\\u')
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    let end = colon
    while (isWhiteSpace(text.charCodeAt(end - 1))) end -= 1
    const quote = text.charCodeAt(end - 1)
    const isQuoted = quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE
    if (isQuoted) end -= 1
    const start = isQuoted ? startOfQuoted(text, end, quote) : startOfWord(text, end)
    // A key that contains a quote: only the exact scan knows where it begins.
    if (isQuoted && (text.charCodeAt(start - 2) === BACKSLASH) !== (text.charCodeAt(end - 1) === BACKSLASH)) return true
    const key = text.slice(start, end)
    if (hasEscapes && key.includes('\\u')) return true
    if ((key === VALUE_KEY || key === ESCAPED_VALUE_KEY) && isNamedSecret(text, start - 1, keys)) return true
    if (keys.canBeSecret(key) && keys.isSecret(key, text[skipWhiteSpace(text, colon + 1)] ?? '')) return true
  }
  return false
}

/** `{"name": "password", "value": "…"}`, as forms, headers and environments are written: the key is a value. */
const NAME_KEYS: ReadonlySet<string> = new Set(['name', 'key', 'field'])
const VALUE_KEY = 'value'
/** The same in JSON inside of a string. */
const ESCAPED_VALUE_KEY = 'value\\'

/** Whether the member before the one whose key begins here gives it a sensitive name. */
function isNamedSecret(text: string, keyStart: number, keys: SensitiveKeys): boolean {
  const comma = skipBackwards(text, keyStart) - 1
  const nameEnd = skipBackwards(text, comma) - 1
  if (text.charCodeAt(comma) !== COMMA || text.charCodeAt(nameEnd) !== DOUBLE_QUOTE) return false
  const nameStart = startOfQuoted(text, nameEnd, DOUBLE_QUOTE)
  const colon = skipBackwards(text, nameStart - 1) - 1
  const nameKeyEnd = skipBackwards(text, colon) - 1
  if (text.charCodeAt(colon) !== COLON || text.charCodeAt(nameKeyEnd) !== DOUBLE_QUOTE) return false
  const nameKey = text.slice(startOfQuoted(text, nameKeyEnd, DOUBLE_QUOTE), nameKeyEnd)
  if (!NAME_KEYS.has(nameKey.endsWith('\\') ? nameKey.slice(0, -1) : nameKey)) return false
  const name = text.slice(nameStart, nameEnd)
  return name.includes('\\u') || keys.canBeSecret(name)
}

/** @returns the index after the last character before `end` that is neither white space nor a backslash */
function skipBackwards(text: string, end: number): number {
  let index = end
  while (isWhiteSpace(text.charCodeAt(index - 1)) || text.charCodeAt(index - 1) === BACKSLASH) index -= 1
  return index
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

function replaceSecrets(
  text: string,
  keys: SensitiveKeys,
  work: { strings: number; outside: number; depth: number },
): JsonRedaction {
  const pieces: string[] = []
  let copiedUntil = 0
  let position = 0
  // Where the last member was a name: what it names, and where it ends.
  let isName = false
  let named: { readonly name: string; readonly end: number } | undefined
  const replace = (from: number, until: number, replacement: string): void => {
    pieces.push(text.slice(copiedUntil, from), replacement)
    copiedUntil = until
    position = until
  }
  for (;;) {
    const quote = text.indexOf('"', position)
    const start = quote === -1 ? text.length : quote
    work.strings += 1
    work.outside += start - position
    if (work.strings > MAX_STRINGS || work.outside > MAX_CHARACTERS_OUTSIDE_STRINGS) return { problem: 'too_large' }
    if (!isPunctuation(text.slice(position, start))) return { problem: 'unparsable' }
    if (quote === -1) return { text: pieces.join('') + text.slice(copiedUntil) }

    const end = endOfString(text, start)
    if (end === undefined) return { problem: 'unparsable' }
    position = end
    const colon = skipWhiteSpace(text, end)
    if (text[colon] === ':') {
      const valueStart = skipWhiteSpace(text, colon + 1)
      const key = unquote(text.slice(start, end))
      const firstCharacter = text[valueStart] ?? ''
      isName = firstCharacter === '"' && NAME_KEYS.has(key)
      const isNamed =
        key === VALUE_KEY && named !== undefined && /^\s*,\s*$/.test(text.slice(named.end, start))
          ? keys.isSecret(named.name, firstCharacter)
          : false
      if (!isNamed && !keys.isSecret(key, firstCharacter)) continue
      const valueEnd = endOfValue(text, valueStart)
      if (valueEnd === undefined) return { problem: 'unparsable' }
      if (isWorthHiding(text.slice(valueStart, valueEnd))) replace(valueStart, valueEnd, JSON.stringify(REDACTED))
    } else if (isName) {
      isName = false
      named = { name: unquote(text.slice(start, end)), end }
    } else if (/^"\s*(?:\\n)*[[{]/.test(text.slice(start, start + NESTED_HEAD_LENGTH))) {
      const nested = redactNested(text.slice(start, end), keys, work)
      if (nested === undefined) continue
      if ('problem' in nested) return nested
      replace(start, end, nested.text)
    }
  }
}

/** Enough to see that a string begins like JSON. */
const NESTED_HEAD_LENGTH = 16

/** @returns undefined when there is nothing to replace; text that only begins like JSON is text */
function redactNested(
  token: string,
  keys: SensitiveKeys,
  work: { strings: number; outside: number; depth: number },
): JsonRedaction | undefined {
  if (work.depth >= MAX_NESTED_DOCUMENTS) return undefined
  const text = unquote(token)
  work.depth += 1
  const result = replaceSecrets(text, keys, work)
  work.depth -= 1
  if ('problem' in result) return result.problem === 'too_large' ? result : undefined
  return result.text === text ? undefined : { text: JSON.stringify(result.text) }
}

function isPunctuation(text: string): boolean {
  return !foreignCharacter.test(text) || !foreignCharacter.test(text.replaceAll(literals, ''))
}

/** Nothing is given away by these, and programs branch on them. */
function isWorthHiding(value: string): boolean {
  return !/^(?:true|false|null|""|\{\s*\}|\[\s*\])$/.test(value)
}

function unquote(token: string): string {
  const decoded = token.includes('\\') ? parseJson(token) : undefined
  return typeof decoded === 'string' ? decoded : token.slice(1, -1)
}

function startOfWord(text: string, end: number): number {
  let start = end
  while (/[\w$.-]/.test(text[start - 1] ?? '')) start -= 1
  return start
}

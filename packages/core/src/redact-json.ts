import { parseJson } from './json.js'
import { beginsLikeJson, endOfString, endOfValue, skipWhiteSpace } from './json-text.js'
import { mayHoldSecret, NAME_KEYS, VALUE_KEY } from './may-hold-secret.js'
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
  // Where an object of numbers of tokens ends: a string in it is no number.
  let countsUntil = 0
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
      const name = key === VALUE_KEY && named !== undefined && follows(text, named.end, start) ? named.name : undefined
      named = undefined
      if (keys.isSecret(key, firstCharacter) || (name !== undefined && keys.isSecret(name, firstCharacter))) {
        const valueEnd = endOfValue(text, valueStart)
        if (valueEnd === undefined) return { problem: 'unparsable' }
        if (isWorthHiding(text.slice(valueStart, valueEnd))) replace(valueStart, valueEnd, JSON.stringify(REDACTED))
      } else if (firstCharacter === '{' && start >= countsUntil) {
        if (keys.canBeSecret(key) || (name !== undefined && keys.canBeSecret(name))) {
          countsUntil = endOfValue(text, valueStart) ?? text.length
        }
      }
      continue
    }
    if (isName) named = { name: unquote(text.slice(start, end)), end }
    isName = false
    if (start < countsUntil) {
      if (end - start > EMPTY_STRING_LENGTH) replace(start, end, JSON.stringify(REDACTED))
    } else if (beginsLikeJson(text, start + 1, end - 1)) {
      const nested = redactNested(text.slice(start, end), keys, work)
      if (nested === undefined) continue
      if ('problem' in nested) return nested
      replace(start, end, nested.text)
    }
  }
}

const EMPTY_STRING_LENGTH = '""'.length

/** Whether nothing but a comma stands between the end of one member and the start of another. */
function follows(text: string, end: number, start: number): boolean {
  const comma = skipWhiteSpace(text, end)
  return text[comma] === ',' && skipWhiteSpace(text, comma + 1) === start
}

/** @returns undefined when there is nothing to replace */
function redactNested(
  token: string,
  keys: SensitiveKeys,
  work: { strings: number; outside: number; depth: number },
): JsonRedaction | undefined {
  const text = unquote(token)
  if (work.depth < MAX_NESTED_DOCUMENTS) {
    work.depth += 1
    const result = replaceSecrets(text, keys, work)
    work.depth -= 1
    if ('text' in result) return result.text === text ? undefined : { text: JSON.stringify(result.text) }
    if (result.problem === 'too_large') return result
  }
  // What only begins like JSON is text, where any word may stand before a colon; what may hold a secret is not kept.
  return keys.mayStandIn(text) && mayHoldSecret(text, keys, false) ? { text: JSON.stringify(REDACTED) } : undefined
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

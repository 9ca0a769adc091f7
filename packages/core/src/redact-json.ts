import { beginsLikeJson, endOfString, endOfValue, skipWhiteSpace, unquote } from './json-text.js'
import { mayHoldNamedValue, mayHoldSecret } from './may-hold-secret.js'
import { findNamedValues } from './named-values.js'
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
 * @param isCutOff whether the end of the text is known to be missing: the name of a value may have been there
 * @returns the text, the same string when nothing was replaced; or why it cannot be taken apart although it may hold a
 *   secret
 */
export function redactJson(text: string, keys: SensitiveKeys, isCutOff = false): JsonRedaction {
  if (!mayHoldSecret(text, keys, { isCutOff })) return { text }
  return replaceSecrets(text, keys, { strings: 0, outside: 0, depth: 0, isCutOff })
}

/** What was taken apart so far, of a document and those inside of its strings. */
interface Work {
  strings: number
  outside: number
  depth: number
  readonly isCutOff: boolean
}

function replaceSecrets(text: string, keys: SensitiveKeys, work: Work): JsonRedaction {
  const pieces: string[] = []
  const names = mayHoldNamedValue(text, keys)
    ? findNamedValues(text, keys, { maxStrings: MAX_STRINGS, isCutOff: work.isCutOff })
    : NO_NAMES
  let copiedUntil = 0
  let position = 0
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
    if (end === undefined) {
      // A string that is cut off is no secret by its own key, or it would have been found; it may only hold one.
      const mayHold = start < countsUntil || beginsLikeJson(text, start + 1)
      return mayHold ? { problem: 'unparsable' } : { text: pieces.join('') + text.slice(copiedUntil) }
    }
    position = end
    const next = skipWhiteSpace(text, end)
    const isKey = text[next] === ':'
    if (!isKey) {
      if (start < countsUntil) {
        if (end - start > EMPTY_STRING_LENGTH) replace(start, end, JSON.stringify(REDACTED))
      } else if (beginsLikeJson(text, start + 1, end - 1)) {
        const nested = redactNested(text.slice(start, end), keys, work)
        if (nested !== undefined && 'problem' in nested) return nested
        if (nested !== undefined) replace(start, end, nested.text)
      }
    }
    const valueStart = skipWhiteSpace(text, next + 1)
    const name = names.get(valueStart)
    if (!isKey && name === undefined) continue
    const firstCharacter = text[valueStart] ?? ''
    const key = isKey ? unquote(text.slice(start, end)) : undefined
    if (isSecretBy(key, firstCharacter, keys) || isSecretBy(name, firstCharacter, keys)) {
      const valueEnd = endOfValue(text, valueStart)
      if (valueEnd === undefined) return { problem: 'unparsable' }
      if (isWorthHiding(text.slice(valueStart, valueEnd))) replace(valueStart, valueEnd, JSON.stringify(REDACTED))
    } else if (firstCharacter === '{' && start >= countsUntil && (canBeSecret(key, keys) || canBeSecret(name, keys))) {
      countsUntil = endOfValue(text, valueStart) ?? text.length
    }
  }
}

const NO_NAMES: ReadonlyMap<number, string | null> = new Map()
const EMPTY_STRING_LENGTH = '""'.length

/** @param label what the value is called, or `null` where that is missing */
function isSecretBy(label: string | null | undefined, firstCharacter: string, keys: SensitiveKeys): boolean {
  return label === null || (label !== undefined && keys.isSecret(label, firstCharacter))
}

function canBeSecret(label: string | null | undefined, keys: SensitiveKeys): boolean {
  return typeof label === 'string' && keys.canBeSecret(label)
}

/** @returns undefined when there is nothing to replace */
function redactNested(token: string, keys: SensitiveKeys, work: Work): JsonRedaction | undefined {
  const text = unquote(token)
  if (work.depth < MAX_NESTED_DOCUMENTS) {
    work.depth += 1
    const result = replaceSecrets(text, keys, work)
    work.depth -= 1
    if ('text' in result) return result.text === text ? undefined : { text: JSON.stringify(result.text) }
    if (result.problem === 'too_large') return result
  }
  // What only begins like JSON is text, where any word may stand before a colon; what may hold a secret is not kept.
  return keys.mayStandIn(text) && mayHoldSecret(text, keys, { takesBareWords: false })
    ? { text: JSON.stringify(REDACTED) }
    : undefined
}

function isPunctuation(text: string): boolean {
  return !foreignCharacter.test(text) || !foreignCharacter.test(text.replaceAll(literals, ''))
}

/** Nothing is given away by these, and programs branch on them. Nothing at all is what is left where the text is cut off. */
function isWorthHiding(value: string): boolean {
  return !/^(?:true|false|null|""|\{\s*\}|\[\s*\]|)$/.test(value)
}

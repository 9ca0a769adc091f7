import { parseJson } from './json.js'

/** How a string writes white space, behind the backslash of the escape: an expression, for any case of letters. */
export const WHITE_SPACE_ESCAPE: string = String.raw`(?:[nrtbf]|u00(?:0[9a-d]|20))`

/** @returns the index after the closing quote, or undefined when there is none */
export function endOfString(text: string, start: number): number | undefined {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return quote + 1
  }
  return undefined
}

/** @returns what a JSON string stands for, given with its quotes; what is between them where it is none */
export function unquote(token: string): string {
  const decoded = token.includes('\\') ? parseJson(token) : undefined
  return typeof decoded === 'string' ? decoded : token.slice(1, -1)
}

/** @returns the index after the JSON value that begins at `start`, or undefined when it does not end */
export function endOfValue(text: string, start: number): number | undefined {
  let depth = 0
  const token = /["{}[\],\s]/g
  token.lastIndex = start
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const { index } = match
    switch (match[0]) {
      case '"': {
        const end = endOfString(text, index)
        if (end === undefined || depth === 0) return end
        token.lastIndex = end
        break
      }
      case '{':
      case '[':
        depth += 1
        break
      case '}':
      case ']':
        // The end of what the value stands in: the value was a number or a literal.
        if (depth === 0) return index
        depth -= 1
        if (depth === 0) return index + 1
        break
      default:
        // A comma or white space.
        if (depth === 0) return index
    }
  }
  return depth === 0 ? text.length : undefined
}

/** @returns the index of the first character at or after `start` that is no white space */
export function skipWhiteSpace(text: string, start: number): number {
  let index = start
  while (isWhiteSpace(text.charCodeAt(index))) index += 1
  return index
}

/** Whether this is the code of a space, tab, line feed or carriage return (or their relatives). */
export function isWhiteSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

/** @returns the index of the first of the backslashes that end before `end`; `end` where there are none */
export function startOfBackslashes(text: string, end: number): number {
  let start = end
  while (text.charCodeAt(start - 1) === BACKSLASH) start -= 1
  return start
}

/** Whether this is the code of a letter, a digit or one of `_$.-`. */
export function isPartOfWord(code: number): boolean {
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a
  return isLetter || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x24 || code === 0x2e || code === 0x2d
}

/**
 * Whether an object or an array seems to begin at `start`, also one that is written in strings within strings: behind white
 * space, byte order marks, quotes and backslashes, with escapes or without.
 */
export function beginsLikeJson(text: string, start = 0, end: number = text.length): boolean {
  for (let index = start; index < end; index += 1) {
    const code = text.charCodeAt(index)
    if (code === OPENING_BRACKET || code === OPENING_BRACE) return true
    if (isWhiteSpace(code) || code === BACKSLASH || code === DOUBLE_QUOTE || code === BYTE_ORDER_MARK) continue
    if (index === start || text.charCodeAt(index - 1) !== BACKSLASH) return false
    if (code === LETTER_U) {
      const digits = text.slice(index + 1, index + 5).toLowerCase()
      if (unseenOpening.test(digits)) return true
      if (!escapedLeaders.has(digits)) return false
      index += digits.length
    } else if (!/[nrtbf]/.test(text.charAt(index))) return false
  }
  return false
}

const DOUBLE_QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING_BRACKET = 0x5b
const OPENING_BRACE = 0x7b
const LETTER_U = 0x75
const BYTE_ORDER_MARK = 0xfeff

/** A bracket, or what may spell one: a digit, a letter, a backslash, or a digit of this escape that is escaped itself. */
const unseenOpening = /^00(?:3\d|[4-7])|\\/
const escapedLeaders: ReadonlySet<string> = new Set([
  '0008',
  '0009',
  '000a',
  '000b',
  '000c',
  '000d',
  '0020',
  '0022',
  'feff',
])

import { isPartOfWord, skipWhiteSpace, startOfBackslashes, unquote, WHITE_SPACE_ESCAPE } from './json-text.js'
import { isPairKey } from './named-values.js'
import type { SensitiveKeys } from './sensitive-keys.js'

/** Behind its backslashes: an escape of white space. */
const restOfWhiteSpace = new RegExp(WHITE_SPACE_ESCAPE, 'iy')

/** As many as a quote has inside of five strings: each level doubles the backslashes and adds one. */
const MAX_BACKSLASHES = 31

/**
 * Whether the string that begins here, if one does, may be a sensitive name. Also inside of a string, where quotes and white
 * space are escaped. A `false` is certain as far as JSON goes.
 */
export function mayNameSecret(text: string, place: number, keys: SensitiveKeys): boolean {
  const name = stringAt(text, place)
  return name === TOO_DEEP || (name !== undefined && keys.canBeSecret(decode(text, name)))
}

/**
 * Whether a list of two may begin anywhere whose first element is a sensitive key, also inside of a string. This jumps from
 * bracket to bracket, and looks at the key only where there may be two elements. A `false` is certain as far as JSON goes.
 */
export function mayHoldPair(text: string, keys: SensitiveKeys): boolean {
  for (let bracket = text.indexOf('['); bracket !== -1; bracket = text.indexOf('[', bracket + 1)) {
    const first = stringAt(text, bracket + 1)
    if (first === undefined) continue
    if (first === TOO_DEEP) return true
    const comma = skipEscapedWhiteSpace(text, first.end)
    if (text.charCodeAt(comma) !== COMMA || isFollowed(text, comma + 1)) continue
    if (isPairKey(decode(text, first), keys)) return true
  }
  return false
}

/** Whether a string, a number or a literal stands here, and another element of the list behind it. */
function isFollowed(text: string, place: number): boolean {
  const element = stringAt(text, place)
  if (element === TOO_DEEP) return false
  const end = element?.end ?? endOfWord(text, skipEscapedWhiteSpace(text, place))
  return text.charCodeAt(skipEscapedWhiteSpace(text, end)) === COMMA
}

function endOfWord(text: string, start: number): number {
  let end = start
  while (isPartOfWord(text.charCodeAt(end))) end += 1
  return end
}

/** Where a string is, behind its opening quote. */
interface FoundString {
  readonly start: number
  /** Where its closing quote begins, with the backslashes of it, or where it is cut off. */
  readonly contentEnd: number
  readonly end: number
  /** How many backslashes each quote has. */
  readonly backslashes: number
}

const TOO_DEEP = 'too_deep'

/** Takes linear time from all places together: of the same number of backslashes no two strings overlap. */
function stringAt(text: string, place: number): FoundString | typeof TOO_DEEP | undefined {
  const quote = skipEscapedWhiteSpace(text, place)
  if (text.charCodeAt(quote) !== DOUBLE_QUOTE) return undefined
  const start = quote + 1
  const backslashes = quote - startOfBackslashes(text, quote)
  // Other numbers are those of quotes that end a string, or stand in one.
  if ((backslashes & (backslashes + 1)) !== 0) return undefined
  if (backslashes > MAX_BACKSLASHES) return TOO_DEEP
  for (let closing = text.indexOf('"', start); closing !== -1; closing = text.indexOf('"', closing + 1)) {
    const contentEnd = closing - backslashes
    const more = contentEnd - startOfBackslashes(text, closing)
    // What the string stands in ends before it does.
    if (more < 0 || more % (backslashes + 1) !== 0) return { start, contentEnd: closing, end: closing, backslashes }
    // Two of the string's own backslashes are one, and leave the quote alone.
    if (more % (2 * (backslashes + 1)) === 0) return { start, contentEnd, end: closing + 1, backslashes }
  }
  return { start, contentEnd: text.length, end: text.length, backslashes }
}

function decode(text: string, { start, contentEnd, backslashes }: FoundString): string {
  let content = text.slice(start, contentEnd)
  if (!content.includes('\\')) return content
  for (let level = backslashes; level > 0; level >>= 1) content = unquote(`"${content}"`)
  return unquote(`"${content}"`)
}

/** @returns the index of the first character that is no white space, escaped or not; backslashes before a quote are skipped too */
function skipEscapedWhiteSpace(text: string, start: number): number {
  let index = start
  for (;;) {
    index = skipWhiteSpace(text, index)
    if (text.charCodeAt(index) !== BACKSLASH) return index
    let end = index
    while (text.charCodeAt(end) === BACKSLASH) end += 1
    if (text.charCodeAt(end) === DOUBLE_QUOTE) return end
    restOfWhiteSpace.lastIndex = end
    if (!restOfWhiteSpace.test(text)) return index
    index = restOfWhiteSpace.lastIndex
  }
}

const COMMA = 0x2c
const DOUBLE_QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * How much of a document is looked at: strings, and characters outside of strings. Scanning that much takes some ten
 * milliseconds at worst; long strings, such as base64, cost next to nothing.
 */
const MAX_STRINGS = 50_000
const MAX_CHARACTERS_OUTSIDE_STRINGS = 2 * 1024 * 1024

/** What stands outside of the strings of a JSON document besides the three literals: RFC 8259. */
const foreignCharacter = /[^\s[\]{}:,.\d+\-eE]/
const literals = /\b(?:true|false|null)\b/g

/** The value of a member that is to be replaced, as far as it matters: what its text begins with. */
export type JsonValueStart = 'string' | 'empty_string' | 'number' | 'object' | 'array' | 'literal'

export type JsonScan = { outcome: 'scanned'; text: string } | { outcome: 'unparsable' | 'too_large' }

/**
 * Replaces the values of some members in a JSON document, or in lines of JSON documents, and leaves every other character
 * as it is: numbers keep their digits, members their order; duplicates and white space stay. Takes linear time.
 *
 * @param shouldReplace decides by the key and the kind of value
 * @returns the document, the same string when nothing was replaced; or why it could not be scanned
 */
export function replaceJsonMembers(
  text: string,
  shouldReplace: (key: string, value: JsonValueStart) => boolean,
  replacement: string,
): JsonScan {
  let result = ''
  let copiedUntil = 0
  let position = 0
  let outsideLength = 0
  for (let strings = 0; ; strings += 1) {
    const quote = text.indexOf('"', position)
    const start = quote === -1 ? text.length : quote
    outsideLength += start - position
    if (strings > MAX_STRINGS || outsideLength > MAX_CHARACTERS_OUTSIDE_STRINGS) return { outcome: 'too_large' }
    if (!isJsonPunctuation(text.slice(position, start))) return { outcome: 'unparsable' }
    if (quote === -1) return { outcome: 'scanned', text: result + text.slice(copiedUntil) }

    const end = stringEnd(text, start)
    if (end === undefined) return { outcome: 'unparsable' }
    position = end
    const colon = skipWhiteSpace(text, end)
    if (text[colon] !== ':') continue
    const key = decodeString(text.slice(start, end))
    if (key === undefined) return { outcome: 'unparsable' }
    const valueStart = skipWhiteSpace(text, colon + 1)
    if (!shouldReplace(key, valueKind(text, valueStart))) continue
    const valueEnd = skipValue(text, valueStart)
    if (valueEnd === undefined) return { outcome: 'unparsable' }
    result += text.slice(copiedUntil, valueStart) + replacement
    copiedUntil = valueEnd
    position = valueEnd
  }
}

function isJsonPunctuation(text: string): boolean {
  return !foreignCharacter.test(text) || !foreignCharacter.test(text.replaceAll(literals, ''))
}

function valueKind(text: string, start: number): JsonValueStart {
  switch (text[start]) {
    case '"':
      return text[start + 1] === '"' ? 'empty_string' : 'string'
    case '{':
      return 'object'
    case '[':
      return 'array'
    case 't':
    case 'f':
    case 'n':
      return 'literal'
    default:
      return 'number'
  }
}

/** @returns the index after the closing quote, or undefined when there is none */
function stringEnd(text: string, start: number): number | undefined {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return quote + 1
  }
  return undefined
}

/** @returns the index after the value, or undefined when it does not end */
function skipValue(text: string, start: number): number | undefined {
  let depth = 0
  for (let index = start; index < text.length;) {
    const character = text[index]
    if (character === '"') {
      const end = stringEnd(text, index)
      if (end === undefined) return undefined
      index = end
    } else if (character === '{' || character === '[') {
      depth += 1
      index += 1
    } else if (character === '}' || character === ']') {
      // The end of what the value stands in: the value was a number or a literal.
      if (depth === 0) return index
      depth -= 1
      index += 1
    } else if (depth === 0) {
      index = scalarEnd(text, index)
    } else {
      index += 1
      continue
    }
    if (depth === 0) return index
  }
  return undefined
}

function scalarEnd(text: string, start: number): number {
  let end = start
  while (end < text.length && !/[\s,\]}]/.test(text[end] ?? '')) end += 1
  return end
}

function skipWhiteSpace(text: string, start: number): number {
  let index = start
  while (/\s/.test(text[index] ?? '')) index += 1
  return index
}

/** A key may be written with escapes: `"p\u0061ssword"`. */
function decodeString(quoted: string): string | undefined {
  try {
    const decoded: unknown = JSON.parse(quoted)
    return typeof decoded === 'string' ? decoded : undefined
  } catch {
    return undefined
  }
}

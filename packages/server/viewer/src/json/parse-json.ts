/** A JSON number whose digits a JavaScript number cannot hold, kept as it was written. */
export class ExactNumber {
  constructor(readonly digits: string) {}
}

/** `undefined` where `text` is not JSON. */
export interface ParsedJson {
  readonly value: unknown
}

type SourceReviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown

/**
 * Parses JSON without changing a number: an id such as 12345678901234567890 stays what was sent, where the browser
 * tells the source text of numbers (ECMAScript 2026, all current browsers).
 */
export function parseJson(text: string): ParsedJson | undefined {
  try {
    return { value: JSON.parse(text, keepDigits) }
  } catch {
    return undefined
  }
}

const keepDigits: SourceReviver = (_key, value, context) => {
  if (typeof value !== 'number' || context?.source === undefined) return value
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(context.source)) return value
  return new ExactNumber(context.source)
}

/** Parses an attribute's text only if it can be an object or an array; a number or a word stays the text it is. */
export function parseJsonContainer(text: string): ParsedJson | undefined {
  const first = text.trimStart()[0]
  if (first !== '{' && first !== '[') return undefined
  const parsed = parseJson(text)
  return parsed !== undefined && typeof parsed.value === 'object' ? parsed : undefined
}

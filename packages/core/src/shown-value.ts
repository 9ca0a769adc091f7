/** Longer values are cut, in characters. */
const MAX_SHOWN_LENGTH = 100

/** Shows a wrong value of an option in an error. Never throws. */
export function shownValue(value: unknown): string {
  const text = asText(value)
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text
}

function asText(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  // JSON has neither NaN nor big integers nor symbols.
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  try {
    return JSON.stringify(value, (_, member: unknown) => (isInJson(member) ? member : String(member))) ?? 'an object'
  } catch {
    return 'an object'
  }
}

function isInJson(member: unknown): boolean {
  return !(member instanceof RegExp || typeof member === 'bigint')
}

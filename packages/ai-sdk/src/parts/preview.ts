const encoder = new TextEncoder()

/** The most that one UTF-16 unit takes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3

/** The beginning of a text, cut between characters. @param maxBytes its greatest size, in bytes of UTF-8 */
export function previewOf(text: string, maxBytes: number): string {
  // `encodeInto` stops before the character that does not fit, and says where.
  const head = text.slice(0, maxBytes)
  const { read } = encoder.encodeInto(head, new Uint8Array(Math.min(maxBytes, head.length * MAX_BYTES_PER_UNIT)))
  return text.slice(0, read)
}

/** Whether a text has more than so many bytes in UTF-8. */
export function isLongerThan(text: string, maxBytes: number): boolean {
  // No unit takes less than a byte: most texts need not be encoded to know.
  if (text.length > maxBytes) return true
  return text.length * MAX_BYTES_PER_UNIT > maxBytes && encoder.encode(text).length > maxBytes
}

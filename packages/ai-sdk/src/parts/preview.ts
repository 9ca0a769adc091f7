const encoder = new TextEncoder()

/** The beginning of a text, cut between characters. @param maxBytes its greatest size, in bytes of UTF-8 */
export function previewOf(text: string, maxBytes: number): string {
  // `encodeInto` stops before the character that does not fit, and says where.
  const { read } = encoder.encodeInto(text.slice(0, maxBytes), new Uint8Array(maxBytes))
  return text.slice(0, read)
}

/** Whether a text has more than so many bytes in UTF-8. */
export function isLongerThan(text: string, maxBytes: number): boolean {
  // Each UTF-16 unit takes between one and three bytes: most texts need not be encoded to know.
  if (text.length > maxBytes) return true
  return text.length * 3 > maxBytes && encoder.encode(text).length > maxBytes
}

import { decodeContent } from './content-encoding.js'
import { isUtf8, parseContentType } from './content-types.js'

/** How far a compressed beginning may unfold, in bytes, before the preview is given up. */
const MAX_DECODED_BYTES = 8 * 1024 * 1024
/** How much of the beginning of a body is kept, at least, in bytes: a compressed text has to unfold from it. */
const MIN_HEAD_BYTES = 1024
/** In UTF-32, where even a character that takes one byte in UTF-8 is that long. */
const LONGEST_CHARACTER_BYTES = 4

/** How many bytes of the beginning of a body are enough for its preview. */
export function previewHeadBytes(previewBytes: number): number {
  return previewBytes === 0 ? 0 : Math.max(previewBytes * LONGEST_CHARACTER_BYTES, MIN_HEAD_BYTES)
}

/**
 * Decodes bytes by their byte order mark, as browsers do (https://encoding.spec.whatwg.org/#decode), or else by the `charset`
 * of a content type, UTF-8 by default; `undefined` where the charset is unknown.
 */
export function decodeText(bytes: Uint8Array, contentType: string): string | undefined {
  const charset = markedCharset(bytes) ?? parseContentType(contentType).charset
  if (charset === undefined || isUtf8(charset)) {
    // Five times faster than a TextDecoder, for nearly every body there is.
    const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    return buffer.toString('utf8')
  }
  try {
    return new TextDecoder(charset).decode(bytes, { stream: true })
  } catch {
    return undefined
  }
}

function markedCharset(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 'utf-8' : undefined
}

/**
 * The beginning of a text body as the semantic conventions want `http.*.body.content`: content-encoding removed, never
 * base64, and nothing at all for a binary body.
 *
 * @param head the first bytes of the body as sent, see {@link previewHeadBytes}
 */
export function previewOfHead(
  head: Uint8Array,
  { contentType, contentEncoding, previewBytes }: PreviewDetails,
): string | undefined {
  const { format } = parseContentType(contentType)
  if (previewBytes === 0 || format === 'binary' || format === 'multipart') return undefined
  const decoded =
    contentEncoding === undefined
      ? head
      : decodeContent(head, contentEncoding, { maxBytes: MAX_DECODED_BYTES, partial: true })
  const text = decoded && decodeText(decoded, contentType)
  return text === undefined || text === '' ? undefined : cutText(text, previewBytes)
}

/** What a preview is made by. */
export interface PreviewDetails {
  readonly contentType: string
  readonly contentEncoding: string | undefined
  readonly previewBytes: number
}

/** Cuts a text to at most `maxBytes` of UTF-8 without splitting a character. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text
  // A character is at least one byte: what lies beyond `maxBytes` code units cannot be in the result.
  const bytes = Buffer.from(text.slice(0, maxBytes + 1), 'utf8')
  if (bytes.length <= maxBytes) return bytes.toString('utf8')
  let end = maxBytes
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}

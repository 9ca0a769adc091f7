import { decompress } from '#decompress'
import type { DecodeLimits } from './decompress/decompress.js'

/** Longer ones are nothing that anybody can undo, and references are small. In characters. */
const MAX_CONTENT_ENCODING_LENGTH = 100

/** Normalises a `Content-Encoding` header: `undefined` where the bytes are not encoded. */
export function normalizeContentEncoding(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const codings = header
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
  return codings.length === 0 ? undefined : codings.join(', ').slice(0, MAX_CONTENT_ENCODING_LENGTH)
}

/**
 * Undoes a `Content-Encoding` (RFC 9110 §8.4.1; zstd is RFC 8878). The codings were applied in the order they are listed.
 *
 * @returns the decoded bytes, or `undefined` where that is impossible: unknown coding, damaged input, too large
 */
export function decodeContent(
  bytes: Uint8Array,
  contentEncoding: string,
  limits: DecodeLimits,
): Uint8Array | undefined {
  let decoded: Uint8Array | undefined = bytes
  for (const coding of contentEncoding.split(',').toReversed()) {
    decoded = decoded && decompress(decoded, coding.trim(), limits)
  }
  return decoded
}

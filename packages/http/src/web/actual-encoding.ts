import { decodeContent, normalizeContentEncoding } from '../content-encoding.js'

/** What `fetch()` undoes in every runtime. */
const UNDONE_BY_FETCH: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br'])

const GZIP_START = [0x1f, 0x8b]
/** How encoded bytes begin, where they all begin alike: RFC 1952, section 2.3.1, and RFC 8878, section 3.1.1. */
const STARTS: ReadonlyMap<string, readonly number[]> = new Map([
  ['gzip', GZIP_START],
  ['x-gzip', GZIP_START],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
])

/** Nothing, in Brotli. */
const EMPTY_BROTLI = Uint8Array.of(0x3b)
/** How much is decoded to see whether it can be, in bytes, and how far it may unfold. */
const MAX_HEAD_BYTES = 256
const MAX_HEAD_DECODED_BYTES: number = 4 * 1024 * 1024

/**
 * The content-encoding that the body of a response is in. `fetch()` undoes it and leaves the header, so a handler that hands
 * on what it was answered, or a response made of its body and its headers, says what is not so.
 *
 * @param header what the response says
 * @param firstBytes of its body
 * @returns `undefined` where the bytes are not encoded
 */
export function actualEncoding(
  header: string | undefined,
  { url }: Response,
  firstBytes: Uint8Array,
): string | undefined {
  const claimed = normalizeContentEncoding(header)
  if (claimed === undefined) return undefined
  // The outermost one is named last. `fetch()` undoes all of them, or none.
  const coding = claimed.split(', ').at(-1) ?? claimed
  // Only what was fetched has an address.
  if (url !== '' && UNDONE_BY_FETCH.has(coding)) return undefined
  const start = STARTS.get(coding)
  if (start !== undefined) return beginsWith(firstBytes, start) ? claimed : undefined
  const isKnown = coding === 'br' || coding === 'deflate'
  return isKnown && canDecode() && !isDecodable(firstBytes, coding) ? undefined : claimed
}

/** As far as there are bytes. */
function beginsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return bytes.subarray(0, start.length).every((byte, place) => byte === start[place])
}

/** Edge runtimes decode nothing at once: there the header has to be believed. */
function canDecode(): boolean {
  return isDecodable(EMPTY_BROTLI, 'br')
}

function isDecodable(bytes: Uint8Array, coding: string): boolean {
  const limits = { maxBytes: MAX_HEAD_DECODED_BYTES, partial: true }
  return decodeContent(bytes.subarray(0, MAX_HEAD_BYTES), coding, limits) !== undefined
}

import { decodeContent, normalizeContentEncoding } from '../content-encoding.js'

/** What `fetch()` undoes in every runtime. */
const UNDONE_BY_FETCH: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br'])

/** The first bytes of an encoding; `undefined` where any will do. */
type Start = readonly (number | undefined)[]

const GZIP_STARTS: readonly Start[] = [[0x1f, 0x8b]]
/** How encoded bytes begin, where that is known: RFC 1952, section 2.3.1, and RFC 8878, sections 3.1.1 and 3.1.2. */
const STARTS: ReadonlyMap<string, readonly Start[]> = new Map([
  ['gzip', GZIP_STARTS],
  ['x-gzip', GZIP_STARTS],
  [
    'zstd',
    [
      [0x28, 0xb5, 0x2f, 0xfd],
      [undefined, 0x2a, 0x4d, 0x18],
    ],
  ],
])

/** Nothing, in Brotli. */
const EMPTY_BROTLI = Uint8Array.of(0x3b)
/**
 * How much is decoded to see whether it can be, in bytes, and how far it may unfold. No text gets further in Brotli than this, and
 * what is all the same has few blocks in so little, each of 16 MiB at most (RFC 7932, section 9.2).
 */
const MAX_HEAD_BYTES = 24
const MAX_HEAD_DECODED_BYTES: number = 32 * 1024 * 1024

/**
 * The content-encoding that the body of a response is in. `fetch()` undoes it and leaves the header, so a handler that hands
 * on what it was answered, or a response made of its body and its headers, says what is not so.
 *
 * @param header what the response says
 * @param url of the response; only what was fetched has one
 * @param firstBytes of its body
 * @returns `undefined` where the bytes are not encoded
 */
export function actualEncoding(header: string | undefined, url: string, firstBytes: Uint8Array): string | undefined {
  const claimed = normalizeContentEncoding(header)
  if (claimed === undefined) return undefined
  const codings = claimed.split(', ')
  // It undoes all of them, or none.
  if (url !== '' && codings.every((coding) => UNDONE_BY_FETCH.has(coding))) return undefined
  // The outermost one is named last.
  const coding = codings.at(-1) ?? claimed
  const starts = STARTS.get(coding)
  if (starts !== undefined) return starts.some((start) => beginsWith(firstBytes, start)) ? claimed : undefined
  const isKnown = coding === 'br' || coding === 'deflate'
  return isKnown && canDecode() && !isDecodable(firstBytes, coding) ? undefined : claimed
}

/** As far as there are bytes. */
function beginsWith(bytes: Uint8Array, start: Start): boolean {
  return bytes.subarray(0, start.length).every((byte, place) => byte === (start[place] ?? byte))
}

/** Edge runtimes decode nothing at once: there the header has to be believed. */
function canDecode(): boolean {
  return isDecodable(EMPTY_BROTLI, 'br')
}

function isDecodable(bytes: Uint8Array, coding: string): boolean {
  const limits = { maxBytes: MAX_HEAD_DECODED_BYTES, partial: true }
  return decodeContent(bytes.subarray(0, MAX_HEAD_BYTES), coding, limits) !== undefined
}

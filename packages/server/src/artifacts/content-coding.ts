import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { invalidRequest } from '../http/api-error.js'

/** A content coding of HTTP that the server can undo. */
export type ContentCoding = 'gzip' | 'deflate' | 'br' | 'zstd'

/** Nobody sends more, and each one costs memory and time. */
const maxCodings = 3
/** RFC 9659: content in `zstd` must not need a larger window. 2^23 bytes, so 8 MiB. */
const zstdWindowLog = 23

/** Zstandard came with Node 22.15. */
const canDecodeZstd = typeof zlib.createZstdDecompress === 'function'

const codingsByName: ReadonlyMap<string, ContentCoding> = new Map<string, ContentCoding>([
  ['gzip', 'gzip'],
  // RFC 9110, section 8.4.1.3.
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ...(canDecodeZstd ? [['zstd', 'zstd'] as const] : []),
])

/**
 * Reads the codings that a `content_encoding` lists in the order in which they were applied (RFC 9110, section 8.4).
 *
 * @returns none where the bytes are the content itself
 * @throws ApiError 400 for a coding that is not known, and for too many of them
 */
export function parseContentEncoding(text: string): ContentCoding[] {
  const names = text
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
  const codings = names.map((name) => codingsByName.get(name)).filter((coding) => coding !== undefined)
  if (codings.length === names.length && codings.length <= maxCodings) return codings
  const known = [...codingsByName.keys(), 'identity'].join(', ')
  throw invalidRequest(`content_encoding: must be at most ${maxCodings} of ${known}, separated by commas`)
}

/** What {@link createDecoder} needs to know. */
export interface DecoderOptions {
  /** The first byte of the encoded content. */
  firstByte: number
  /** Whether the encoded content may end in the middle: what can be decoded of it then comes out. */
  isTruncated: boolean
}

/** A stream that undoes one coding. It fails on damaged input, with an error of `node:zlib`. */
export function createDecoder(coding: ContentCoding, options: DecoderOptions): Transform {
  return decoders[coding](options)
}

const { constants } = zlib

const decoders: Readonly<Record<ContentCoding, (options: DecoderOptions) => Transform>> = {
  gzip: ({ isTruncated }) => zlib.createGunzip(deflateOptions(isTruncated)),

  // RFC 9110, section 8.4.1.2: some senders leave out the header of zlib's format, whose low four bits are 8.
  deflate: ({ isTruncated, firstByte }) =>
    (firstByte & 0x0f) === 8
      ? zlib.createInflate(deflateOptions(isTruncated))
      : zlib.createInflateRaw(deflateOptions(isTruncated)),

  br: ({ isTruncated }) =>
    zlib.createBrotliDecompress({
      finishFlush: isTruncated ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH,
    }),

  zstd: ({ isTruncated }) =>
    zlib.createZstdDecompress({
      finishFlush: isTruncated ? constants.ZSTD_e_flush : constants.ZSTD_e_end,
      params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLog },
    }),
}

function deflateOptions(isTruncated: boolean): zlib.ZlibOptions {
  return { finishFlush: isTruncated ? constants.Z_SYNC_FLUSH : constants.Z_FINISH }
}

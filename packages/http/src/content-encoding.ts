import zlib from 'node:zlib'

/** Bounds of one decoding: a few kilobytes may hide gigabytes. */
export interface DecodeLimits {
  /** Decoding gives up beyond this many bytes. */
  readonly maxBytes: number
  /** Accept input that stops in the middle and return what can be decoded of it. Default `false`. */
  readonly partial?: boolean
}

/** Normalises a `Content-Encoding` header: `undefined` where the bytes are not encoded. */
export function normalizeContentEncoding(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const codings = header
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
  return codings.length === 0 ? undefined : codings.join(', ')
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
    decoded = decoded && decodeOne(decoded, coding.trim(), limits)
  }
  return decoded
}

function decodeOne(
  bytes: Uint8Array,
  coding: string,
  { maxBytes, partial = false }: DecodeLimits,
): Uint8Array | undefined {
  const { Z_SYNC_FLUSH, Z_FINISH, BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_FINISH, ZSTD_e_flush, ZSTD_e_end } =
    zlib.constants
  const options = { maxOutputLength: maxBytes, finishFlush: partial ? Z_SYNC_FLUSH : Z_FINISH }
  try {
    switch (coding) {
      case 'gzip':
      case 'x-gzip':
        return zlib.gunzipSync(bytes, options)
      case 'deflate':
        return inflate(bytes, options)
      case 'br':
        return zlib.brotliDecompressSync(bytes, {
          maxOutputLength: maxBytes,
          finishFlush: partial ? BROTLI_OPERATION_FLUSH : BROTLI_OPERATION_FINISH,
        })
      case 'zstd':
        return zlib.zstdDecompressSync(bytes, {
          maxOutputLength: maxBytes,
          finishFlush: partial ? ZSTD_e_flush : ZSTD_e_end,
        })
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}

/** `deflate` means zlib's format, but some senders leave its header out; the low four bits of the header are 8. */
function inflate(bytes: Uint8Array, options: zlib.ZlibOptions): Uint8Array {
  return ((bytes[0] ?? 0) & 0x0f) === 8 ? zlib.inflateSync(bytes, options) : zlib.inflateRawSync(bytes, options)
}

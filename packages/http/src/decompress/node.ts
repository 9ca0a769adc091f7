import zlib from 'node:zlib'
import type { Decompress } from './decompress.js'

/** Node.js, and the runtimes that implement its modules. */
export const decompress: Decompress = (bytes, coding, { maxBytes, partial = false }) => {
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

import zlib from 'node:zlib'
import type { Decompress } from './decompress.js'

/** Node.js, and the runtimes that implement its modules. */
export const decompress: Decompress = (bytes, coding, { maxBytes, partial = false }) => {
  const { Z_SYNC_FLUSH, Z_FINISH, BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_FINISH, ZSTD_e_flush, ZSTD_e_end } =
    zlib.constants
  // With `info`, what is returned tells how much of the input was read.
  const options = { maxOutputLength: maxBytes, info: true }
  try {
    switch (coding) {
      case 'gzip':
      case 'x-gzip':
        return output(zlib.gunzipSync(bytes, { ...options, finishFlush: partial ? Z_SYNC_FLUSH : Z_FINISH }))
      case 'deflate':
        return output(inflate(bytes, { ...options, finishFlush: partial ? Z_SYNC_FLUSH : Z_FINISH }))
      case 'br':
        return output(
          zlib.brotliDecompressSync(bytes, {
            ...options,
            finishFlush: partial ? BROTLI_OPERATION_FLUSH : BROTLI_OPERATION_FINISH,
          }),
        )
      case 'zstd':
        return output(zlib.zstdDecompressSync(bytes, { ...options, finishFlush: partial ? ZSTD_e_flush : ZSTD_e_end }))
      default:
        return undefined
    }
  } catch {
    return undefined
  }

  /** Node stops silently at the end of a stream, or of the first frame of zstd: nobody has looked into what follows. */
  function output(result: unknown): Uint8Array | undefined {
    const { buffer, engine }: Partial<DecodingInfo> = Object(result)
    return partial || engine?.bytesWritten === bytes.length ? buffer : undefined
  }
}

/** What the functions of Node return with `info: true`, which their types do not say. */
interface DecodingInfo {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}

/** `deflate` means zlib's format, but some senders leave its header out; the low four bits of the header are 8. */
function inflate(bytes: Uint8Array, options: zlib.ZlibOptions): unknown {
  return ((bytes[0] ?? 0) & 0x0f) === 8 ? zlib.inflateSync(bytes, options) : zlib.inflateRawSync(bytes, options)
}

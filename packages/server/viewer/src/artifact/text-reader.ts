import { request } from '../api/request.js'

/** How much text one step loads. */
export const textChunkBytes: number = 1024 * 1024

export interface TextChunk {
  readonly text: string
  /** Bytes of text so far; for compressed artifacts after decompression. */
  readonly loadedBytes: number
  readonly done: boolean
}

/** Reads an artifact as text, a bounded piece at a time. */
export interface TextReader {
  /** The next piece. Call again only after the last call has ended. */
  next(signal?: AbortSignal): Promise<TextChunk>
  /** Lets go of the connection. */
  close(): void
}

export interface TextReaderOptions {
  /** The size of the stored bytes. */
  readonly sizeBytes: number
  /** A charset parameter in it is honoured. */
  readonly contentType: string
  /** The HTTP content coding of the stored bytes, such as `gzip`. */
  readonly contentEncoding?: string | null | undefined
  readonly chunkBytes?: number
}

/**
 * Opens an artifact as text. Plain bytes are fetched by Range requests, so that only what is looked at is transferred;
 * compressed ones are unpacked while they stream, and no further than asked for: a small file may unpack to gigabytes.
 */
export function openTextReader(path: string, options: TextReaderOptions): TextReader {
  const decoder = createDecoder(options.contentType)
  const format = decompressionFormat(options.contentEncoding)
  const chunkBytes = options.chunkBytes ?? textChunkBytes
  if (format === undefined) return rangeReader(path, decoder, { sizeBytes: options.sizeBytes, chunkBytes })
  return streamReader(path, decoder, { format, chunkBytes })
}

/** Whether the coding can be undone in a browser; `identity` and none need nothing undone. */
export function canDecode(contentEncoding: string | null | undefined): boolean {
  return isIdentity(contentEncoding) || decompressionFormat(contentEncoding) !== undefined
}

function isIdentity(contentEncoding: string | null | undefined): boolean {
  const coding = contentEncoding?.trim().toLowerCase()
  return coding === undefined || coding === '' || coding === 'identity'
}

function decompressionFormat(contentEncoding: string | null | undefined): CompressionFormat | undefined {
  switch (contentEncoding?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return 'gzip'
    case 'deflate':
      return 'deflate'
    case 'br':
      return supportsBrotli() ? ('brotli' as CompressionFormat) : undefined
    default:
      return undefined
  }
}

let brotli: boolean | undefined
function supportsBrotli(): boolean {
  if (brotli === undefined) {
    try {
      brotli = new DecompressionStream('brotli' as CompressionFormat) instanceof DecompressionStream
    } catch {
      brotli = false
    }
  }
  return brotli
}

function createDecoder(contentType: string): TextDecoder {
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1]
  try {
    return new TextDecoder(charset ?? 'utf-8')
  } catch {
    return new TextDecoder()
  }
}

function rangeReader(path: string, decoder: TextDecoder, size: { sizeBytes: number; chunkBytes: number }): TextReader {
  let loadedBytes = 0
  return {
    async next(signal) {
      // An empty artifact has no range that could be asked for.
      if (loadedBytes >= size.sizeBytes) return { text: decoder.decode(), loadedBytes, done: true }
      const last = Math.min(loadedBytes + size.chunkBytes, size.sizeBytes) - 1
      const options = signal === undefined ? {} : { signal }
      const response = await request(path, { ...options, headers: { range: `bytes=${loadedBytes}-${last}` } })
      const bytes = new Uint8Array(await response.arrayBuffer())
      // A server that knows no ranges sends everything, from the start.
      const fresh = response.status === 206 ? bytes : bytes.subarray(loadedBytes)
      loadedBytes += fresh.byteLength
      const done = loadedBytes >= size.sizeBytes || fresh.byteLength === 0
      return { text: decoder.decode(fresh, { stream: !done }), loadedBytes, done }
    },
    close() {},
  }
}

function streamReader(
  path: string,
  decoder: TextDecoder,
  coding: { format: CompressionFormat; chunkBytes: number },
): TextReader {
  const controller = new AbortController()
  let opened: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined
  let loadedBytes = 0
  return {
    async next(signal) {
      signal?.addEventListener('abort', () => controller.abort(), { once: true })
      opened ??= await open(path, coding.format, controller.signal)
      const until = loadedBytes + coding.chunkBytes
      let text = ''
      while (loadedBytes < until) {
        const { done, value } = await opened.read()
        if (done) return { text: text + decoder.decode(), loadedBytes, done: true }
        loadedBytes += value.byteLength
        text += decoder.decode(value, { stream: true })
      }
      return { text, loadedBytes, done: false }
    },
    close() {
      controller.abort()
    },
  }
}

async function open(
  path: string,
  format: CompressionFormat,
  signal: AbortSignal,
): Promise<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>> {
  const { body } = await request(path, { signal })
  if (body === null) throw new Error('The server sent no bytes.')
  return body.pipeThrough(new DecompressionStream(format)).getReader()
}

import { request } from '../api/request.js'

/** How much text one step loads. */
export const textChunkBytes: number = 1024 * 1024

interface TextChunk {
  readonly text: string
  /** Bytes of text so far; for compressed artifacts after decompression. */
  readonly loadedBytes: number
  readonly done: boolean
}

/** Reads an artifact as text, a bounded piece at a time. */
export interface TextReader {
  /** The next piece. Call again only after the last call has ended. */
  next(): Promise<TextChunk>
  /** Lets go of the connection; a call of `next` that is under way fails. */
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
  const format = decompressionFormat(options.contentEncoding)
  const source: Source = {
    path,
    decoder: createDecoder(options.contentType),
    controller: new AbortController(),
    chunkBytes: options.chunkBytes ?? textChunkBytes,
  }
  return format === undefined ? rangeReader(source, options.sizeBytes) : streamReader(source, format)
}

/** Whether the coding can be undone in a browser; `identity` and none need nothing undone. */
export function canDecode(contentEncoding: string | null | undefined): boolean {
  return isIdentity(contentEncoding) || decompressionFormat(contentEncoding) !== undefined
}

/** Whether the stored bytes are the artifact itself, not a compressed form of it. */
export function isIdentity(contentEncoding: string | null | undefined): boolean {
  const coding = contentEncoding?.trim().toLowerCase() ?? ''
  return coding === '' || coding === 'identity'
}

interface Source {
  readonly path: string
  readonly decoder: TextDecoder
  readonly controller: AbortController
  readonly chunkBytes: number
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- in the Compression Standard, not yet in the types
const brotli = 'brotli' as CompressionFormat

function decompressionFormat(contentEncoding: string | null | undefined): CompressionFormat | undefined {
  const coding = contentEncoding?.trim().toLowerCase() ?? ''
  if (coding === 'gzip' || coding === 'x-gzip') return 'gzip'
  if (coding === 'deflate') return 'deflate'
  return coding === 'br' && supportsBrotli() ? brotli : undefined
}

let brotliSupport: boolean | undefined
function supportsBrotli(): boolean {
  if (brotliSupport === undefined) {
    try {
      brotliSupport = new DecompressionStream(brotli) instanceof DecompressionStream
    } catch {
      brotliSupport = false
    }
  }
  return brotliSupport
}

function createDecoder(contentType: string): TextDecoder {
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1]
  try {
    return new TextDecoder(charset ?? 'utf-8')
  } catch {
    return new TextDecoder()
  }
}

const httpPartialContent = 206

function rangeReader(source: Source, sizeBytes: number): TextReader {
  const { path, decoder, controller, chunkBytes } = source
  let loadedBytes = 0
  let unpacked: TextReader | undefined
  return {
    async next() {
      if (unpacked !== undefined) return unpacked.next()
      // An empty artifact has no range that could be asked for.
      if (loadedBytes >= sizeBytes) return { text: decoder.decode(), loadedBytes, done: true }
      const last = Math.min(loadedBytes + chunkBytes, sizeBytes) - 1
      const headers = { range: `bytes=${loadedBytes}-${last}` }
      const response = await request(path, { signal: controller.signal, headers })
      const bytes = new Uint8Array(await response.arrayBuffer())
      if (loadedBytes === 0 && startsAsGzip(bytes)) {
        unpacked = streamReader(source, 'gzip')
        return unpacked.next()
      }
      // A server that knows no ranges sends everything, from the start.
      const fresh = response.status === httpPartialContent ? bytes : bytes.subarray(loadedBytes)
      loadedBytes += fresh.byteLength
      const done = loadedBytes >= sizeBytes || fresh.byteLength === 0
      return { text: decoder.decode(fresh, { stream: !done }), loadedBytes, done }
    },
    close: () => controller.abort(),
  }
}

/** RFC 1952 section 2.3.1. No text in any charset in use begins like this, so a missing word of the sender is made up for. */
function startsAsGzip([first, second, method]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b && method === 8
}

function streamReader({ path, decoder, controller, chunkBytes }: Source, format: CompressionFormat): TextReader {
  let opened: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined
  let loadedBytes = 0
  return {
    async next() {
      opened ??= await openDecompressed(path, format, controller.signal)
      const until = loadedBytes + chunkBytes
      let text = ''
      while (loadedBytes < until) {
        const { done, value } = await opened.read()
        if (done) return { text: text + decoder.decode(), loadedBytes, done: true }
        loadedBytes += value.byteLength
        text += decoder.decode(value, { stream: true })
      }
      return { text, loadedBytes, done: false }
    },
    close: () => controller.abort(),
  }
}

async function openDecompressed(
  path: string,
  format: CompressionFormat,
  signal: AbortSignal,
): Promise<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>> {
  const { body } = await request(path, { signal })
  if (body === null) throw new Error('The server sent no bytes.')
  return body.pipeThrough(new DecompressionStream(format)).getReader()
}

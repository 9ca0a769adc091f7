import { decodedPath } from '../api/endpoints.js'
import { request, RequestError } from '../api/request.js'
import { isIdentity } from './content-encoding.js'

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
  /** Whether the stored bytes may end in the middle. */
  readonly truncated?: boolean
  readonly chunkBytes?: number
}

/**
 * Opens an artifact as text. Plain bytes are fetched by Range requests, so that only what is looked at is transferred;
 * compressed ones are unpacked by the server while they stream, and no further than asked for: a small file may unpack to
 * gigabytes.
 *
 * @param path of the stored bytes
 */
export function openTextReader(path: string, options: TextReaderOptions): TextReader {
  const { contentEncoding, truncated = false, chunkBytes = textChunkBytes } = options
  const source: Source = {
    path,
    truncated,
    decoder: createDecoder(options.contentType),
    controller: new AbortController(),
    chunkBytes,
  }
  if (typeof contentEncoding !== 'string' || isIdentity(contentEncoding)) return rangeReader(source, options.sizeBytes)
  return streamReader(source, contentEncoding)
}

interface Source {
  readonly path: string
  readonly truncated: boolean
  readonly decoder: TextDecoder
  readonly controller: AbortController
  readonly chunkBytes: number
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

function streamReader(source: Source, contentEncoding: string): TextReader {
  const { path, truncated, decoder, controller, chunkBytes } = source
  let opened: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined
  let loadedBytes = 0
  const read = async (
    stream: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  ): Promise<Uint8Array | undefined> => {
    try {
      return (await stream.read()).value
    } catch (error) {
      if (controller.signal.aborted) throw error
      // The server cuts the connection so that a part is not taken for the whole: its only way to say so by then.
      throw new RequestError(
        'The rest did not come: the connection broke, the bytes are damaged, or they unpack to more than the server allows.',
      )
    }
  }
  return {
    async next() {
      opened ??= await openStream(decodedPath(path, { contentEncoding, truncated }), controller.signal)
      const until = loadedBytes + chunkBytes
      let text = ''
      while (loadedBytes < until) {
        const bytes = await read(opened)
        if (bytes === undefined) return { text: text + decoder.decode(), loadedBytes, done: true }
        loadedBytes += bytes.byteLength
        text += decoder.decode(bytes, { stream: true })
      }
      return { text, loadedBytes, done: false }
    },
    close: () => controller.abort(),
  }
}

async function openStream(
  path: string,
  signal: AbortSignal,
): Promise<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>> {
  const { body } = await request(path, { signal })
  if (body === null) throw new RequestError('The server sent no bytes.')
  return body.getReader()
}

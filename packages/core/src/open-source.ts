import { platform } from '#platform'
import { type CaptureSpace, createAccumulator } from './accumulator.js'
import { ArtifactError } from './errors.js'
import { type ArtifactSource, blobSource, bytesOf, type SourceDescription } from './source.js'
import { createTurnKeeper } from './turn-keeper.js'

/** How much is read from a file handle at once, in bytes. */
const FILE_HANDLE_CHUNK_BYTES = 256 * 1024

interface ReadOptions {
  /** Content beyond this size, in bytes, is hashed but not kept. */
  maxBytes: number
  space: CaptureSpace
}

/** What of Node's `FileHandle` is used; structural, so that the core needs no Node. */
interface ReadableHandle {
  readonly fd: number
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number; buffer: Uint8Array }>
}

/** Whether the data has to be read before its digest is known: a file, a Blob, a Response, a handle or a stream. */
export function isAsyncData(data: unknown): boolean {
  return (
    isFileUrl(data) ||
    data instanceof Blob ||
    isBody(data) ||
    isReadableStream(data) ||
    isFileHandle(data) ||
    isAsyncIterable(data)
  )
}

/**
 * Opens data that has to be read. Files and Blobs are opened and read when needed; everything else is read to its end.
 *
 * @throws ArtifactError with an input code (`file_not_found`, `source_failed`, …)
 */
export async function openSource(data: unknown, options: ReadOptions): Promise<ArtifactSource> {
  if (isFileUrl(data)) return openFileSource(data)
  if (data instanceof Blob) {
    const filename = 'name' in data && typeof data.name === 'string' ? data.name : undefined
    const description = { contentType: data.type || undefined, filename }
    return blobSource(data, { description, memoryBytes: data.size })
  }
  if (isBody(data)) {
    if (data.bodyUsed)
      throw new ArtifactError('body_already_read', 'the body has been read already: pass a clone of it')
    const description = { contentType: data.headers.get('content-type') ?? undefined }
    return readToEnd(data.body === null ? noChunks() : streamChunks(data.body), options, description)
  }
  if (isReadableStream(data)) return readToEnd(streamChunks(data), options)
  if (isFileHandle(data)) return readToEnd(handleChunks(data), options)
  if (isAsyncIterable(data)) return readToEnd(data, options)
  throw new ArtifactError('source_failed', 'the data is neither a file, a Blob, a Response, a handle nor a stream')
}

/** Opens a file by its path or `file:` URL, without reading it. */
export async function openFileSource(location: string | URL): Promise<ArtifactSource> {
  const { blob, filename, scan } = await platform.openFile(location)
  try {
    return await blobSource(blob, { description: { filename }, memoryBytes: 0, scan })
  } catch (error) {
    throw new ArtifactError('file_unreadable', `${filename} cannot be read`, { cause: error })
  }
}

async function readToEnd(
  chunks: AsyncIterable<unknown>,
  options: ReadOptions,
  description?: SourceDescription,
): Promise<ArtifactSource> {
  const accumulator = createAccumulator(options)
  const turns = createTurnKeeper()
  try {
    for await (const chunk of chunks) {
      const bytes = toBytes(chunk)
      // In slices: the body of a Response may be one chunk. A slice of one that was transferred meanwhile throws.
      const { length } = bytes
      for (let offset = 0; offset < length; offset += platform.digestSliceBytes) {
        accumulator.write(bytes.subarray(offset, offset + platform.digestSliceBytes))
        await accumulator.drained()
        await turns.next()
      }
      if (length === 0) await turns.next()
    }
  } catch (error) {
    accumulator.discard()
    if (ArtifactError.isInstance(error)) throw error
    throw new ArtifactError('source_failed', 'the data could not be read to its end', { cause: error })
  }
  return accumulator.finish(description)
}

function toBytes(chunk: unknown): Uint8Array {
  const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : bytesOf(chunk)
  if (bytes !== undefined) return bytes
  throw new ArtifactError(
    'unsupported_chunk',
    `the stream yielded a value of type ${typeof chunk}: it must yield bytes or strings`,
  )
}

/** By reader, not by iteration: not every runtime's ReadableStream is async iterable. */
async function* streamChunks(stream: ReadableStream<unknown>): AsyncGenerator<unknown, void, undefined> {
  const reader = stream.getReader()
  let ended = false
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
    ended = true
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined)
    reader.releaseLock()
  }
}

/** From the beginning, by position: the handle stays open and its own position stays where it is. */
async function* handleChunks(handle: ReadableHandle): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new Uint8Array(FILE_HANDLE_CHUNK_BYTES)
  let position = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function* noChunks(): AsyncGenerator<Uint8Array, void, undefined> {
  // An empty body: no chunk at all.
}

function isFileUrl(data: unknown): data is URL {
  return data instanceof URL && data.protocol === 'file:'
}

/** A `Response` or a `Request`, of this realm or a polyfill's. */
function isBody(data: unknown): data is Response {
  return isObject(data) && 'bodyUsed' in data && 'headers' in data && 'body' in data && hasMethod(data, 'arrayBuffer')
}

function isReadableStream(data: unknown): data is ReadableStream<unknown> {
  return isObject(data) && hasMethod(data, 'getReader') && hasMethod(data, 'cancel')
}

function isFileHandle(data: unknown): data is ReadableHandle {
  return (
    isObject(data) && 'fd' in data && typeof data.fd === 'number' && hasMethod(data, 'read') && hasMethod(data, 'stat')
  )
}

function isAsyncIterable(data: unknown): data is AsyncIterable<unknown> {
  return isObject(data) && hasMethod(data, Symbol.asyncIterator)
}

function isObject(data: unknown): data is object {
  return typeof data === 'object' && data !== null
}

function hasMethod(object: object, name: PropertyKey): boolean {
  return typeof Reflect.get(object, name) === 'function'
}

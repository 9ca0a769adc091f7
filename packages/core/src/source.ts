import { CONTENT_TYPE_HEAD_BYTES } from './content-type.js'
import { EMPTY_SHA256 } from './digest.js'
import { knownDigest, rememberDigest } from './digest-cache.js'
import { encodeJson } from './encode-json.js'
import type { ArtifactError, ArtifactErrorCode } from './errors.js'
import type { DropReason } from './reference.js'
import type { SpoolingContent } from './spool/spool-capture.js'
import { contentOf } from './spool/spooled-content.js'

/** How much is handed over at once when content in memory is read, in bytes. */
const MEMORY_CHUNK_BYTES = 64 * 1024

/** How much is copied at once when content in memory is written to the spool, in bytes. */
const SCAN_CHUNK_BYTES = 256 * 1024

/** What an input says about itself, besides its bytes. */
export interface SourceDescription {
  /** The media type that the input declares. */
  readonly contentType?: string | undefined
  /** The media type that it has unless its name says otherwise. */
  readonly fallbackContentType?: string | undefined
  /** The name that the input carries. */
  readonly filename?: string | undefined
}

const NO_DESCRIPTION: SourceDescription = {}

/** Every accepted input in one form: content that is there, can be measured, and can be read more than once. */
export interface ArtifactSource {
  /** Size of the content, in bytes. */
  readonly sizeBytes: number
  /** How much of it is held in memory, in bytes: what counts against the client's budget. */
  readonly memoryBytes: number
  readonly description: SourceDescription
  /** The digest, where the content was hashed while it was read. */
  readonly sha256: string | undefined
  /** Why there is nothing to upload, if so. */
  readonly dropped: DropReason | undefined
  /** The content, where it is in memory; undefined where it must be read. */
  readonly buffers: readonly Uint8Array[] | undefined
  /** Whether the content is in memory that nobody else writes to: what was hashed is what will be read. */
  readonly isOwn: boolean
  /** The file of the spool that the content is in, or on its way to, if so. Whoever does not submit it discards it. */
  readonly spooling: SpoolingContent | undefined
  /** The first bytes, for naming the content type. */
  readonly head: Uint8Array
  /** The same content, with its digest. */
  withDigest(sha256: string): ArtifactSource
  /** Reads the content from its beginning; each call starts anew. Chunks belong to the reader. */
  chunks(): AsyncIterable<Uint8Array>
  /** Reads the content once, to look at it: a chunk is good until the next one is asked for. */
  scan(): AsyncIterable<Uint8Array>
  /**
   * Reads the content from its beginning, without a copy where it is in memory: the application may write to a chunk at any
   * time, so only for whoever finds that out at the other end.
   */
  views(): AsyncIterable<Uint8Array>
  /**
   * Tells that nobody needs the content any more.
   *
   * @param isStored whether the destination has said that it has all of it
   */
  unused(isStored: boolean): void
  /** Remembers the digest for the next time that the caller passes the same object, where it did pass one. */
  rememberDigest(sha256: string): void
}

interface MemorySourceOptions {
  readonly description?: SourceDescription | undefined
  readonly sha256?: string | undefined
  /** The object that the caller passed in, where its digest is worth remembering. */
  readonly owner?: object | undefined
  /** Whether nobody else writes to the bytes any more. Default: false. */
  readonly isOwn?: boolean | undefined
  /** How much memory the bytes take, in bytes. Default: as much as there are. */
  readonly memoryBytes?: number | undefined
  /** Called when nobody reads the bytes any more: whoever gave them uses the memory again. */
  readonly onUnused?: (() => void) | undefined
}

/**
 * Bytes in memory. They are not copied. One object, without a function of its own, and of no other class, whose constructor
 * V8 would call by a longer way: every small body becomes one.
 */
export class MemorySource implements ArtifactSource {
  readonly sizeBytes: number
  readonly memoryBytes: number
  readonly description: SourceDescription
  readonly sha256: string | undefined
  readonly dropped = undefined
  readonly buffers: readonly Uint8Array[]
  readonly isOwn: boolean
  readonly spooling = undefined
  readonly #owner: object | undefined
  readonly #onUnused: (() => void) | undefined
  #isUnused = false
  #wasRead = false

  constructor(buffers: readonly Uint8Array[], options: MemorySourceOptions = {}) {
    let sizeBytes = 0
    for (const buffer of buffers) sizeBytes += buffer.length
    this.sizeBytes = sizeBytes
    this.memoryBytes = options.memoryBytes ?? sizeBytes
    this.description = options.description ?? NO_DESCRIPTION
    this.sha256 = options.sha256
    this.buffers = buffers
    this.isOwn = options.isOwn ?? false
    this.#owner = options.owner
    this.#onUnused = options.onUnused
  }

  get head(): Uint8Array {
    return headOf(this.buffers)
  }

  withDigest(sha256: string): MemorySource {
    const { description, isOwn, memoryBytes } = this
    const onUnused = this.#onUnused
    return new MemorySource(this.buffers, { description, sha256, owner: this.#owner, isOwn, memoryBytes, onUnused })
  }

  chunks(): AsyncIterable<Uint8Array> {
    return this.#whileInUse(readBuffers(this.buffers))
  }

  scan(): AsyncIterable<Uint8Array> {
    return this.#whileInUse(scanBuffers(this.buffers))
  }

  views(): AsyncIterable<Uint8Array> {
    return this.#whileInUse(this.buffers.every(isSendable) ? viewBuffers(this.buffers) : readBuffers(this.buffers))
  }

  unused(isStored: boolean): void {
    // Whoever has begun to read and has not stored it may read on.
    if (this.#onUnused === undefined || this.#isUnused || (this.#wasRead && !isStored)) return
    this.#isUnused = true
    this.#onUnused()
  }

  /** What lies in memory that is used again by then is not ours to show. */
  #whileInUse(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    this.#wasRead = true
    return this.#onUnused === undefined ? chunks : checkedChunks(chunks, () => !this.#isUnused)
  }

  rememberDigest(sha256: string): void {
    // Not looked up through the owner again: a buffer that was transferred meanwhile has no bytes any more.
    const [bytes] = this.buffers
    if (this.#owner !== undefined && bytes !== undefined) rememberDigest(this.#owner, bytes, sha256)
  }
}

/** What is known of content before it is read, and how it is read. */
interface ReadSourceOptions
  extends
    Pick<ArtifactSource, 'sizeBytes' | 'head'>,
    Partial<Pick<ArtifactSource, 'memoryBytes' | 'description' | 'sha256' | 'dropped' | 'buffers' | 'spooling'>> {
  readonly read: () => AsyncIterable<Uint8Array>
  readonly scan?: (() => AsyncIterable<Uint8Array>) | undefined
}

/** Content that is somewhere else until it is read. */
class ReadSource implements ArtifactSource {
  readonly sizeBytes: number
  readonly memoryBytes: number
  readonly description: SourceDescription
  readonly sha256: string | undefined
  readonly dropped: DropReason | undefined
  readonly buffers: readonly Uint8Array[] | undefined
  readonly isOwn = false
  readonly spooling: SpoolingContent | undefined
  readonly head: Uint8Array
  readonly #options: ReadSourceOptions

  constructor(options: ReadSourceOptions) {
    this.sizeBytes = options.sizeBytes
    this.memoryBytes = options.memoryBytes ?? 0
    this.description = options.description ?? NO_DESCRIPTION
    this.sha256 = options.sha256
    this.dropped = options.dropped
    this.buffers = options.buffers
    this.spooling = options.spooling
    this.head = options.head
    this.#options = options
  }

  withDigest(sha256: string): ReadSource {
    return new ReadSource({ ...this.#options, sha256 })
  }

  chunks(): AsyncIterable<Uint8Array> {
    return this.#options.read()
  }

  scan(): AsyncIterable<Uint8Array> {
    return this.#options.scan?.() ?? this.chunks()
  }

  views(): AsyncIterable<Uint8Array> {
    return this.chunks()
  }

  unused(): void {
    // The memory, if any, is the caller's.
  }

  rememberDigest(): void {
    // Nobody passes the same object again.
  }
}

/** A source over a Blob or a file: read when it is needed, never whole. */
export async function blobSource(
  blob: Blob,
  options: { description: SourceDescription; memoryBytes: number; scan?: () => AsyncIterable<Uint8Array> },
): Promise<ArtifactSource> {
  const head = new Uint8Array(await blob.slice(0, CONTENT_TYPE_HEAD_BYTES).arrayBuffer())
  return new ReadSource({ ...options, sizeBytes: blob.size, head, read: () => readBlob(blob) })
}

/** A source over content that went to a file of the spool while it passed by. */
export function spooledSource(
  spooling: SpoolingContent,
  options: { sha256: string; sizeBytes: number; head: Uint8Array; description?: SourceDescription },
): ArtifactSource {
  return new ReadSource({ ...options, spooling, read: () => contentOf(spooling.capture.written) })
}

/** What stands for an input that could not be read: empty, and marked as dropped. */
export function unreadableSource(error: ArtifactError): ArtifactSource {
  return new ReadSource({
    sizeBytes: 0,
    head: new Uint8Array(),
    sha256: EMPTY_SHA256,
    dropped: dropReasons.get(error.code) ?? 'unreadable',
    buffers: [],
    read: () => readBuffers([]),
  })
}

/** What stands for content that was read and hashed, but is not kept. */
export function droppedSource(options: {
  sha256: string
  sizeBytes: number
  head: Uint8Array
  dropped: DropReason
  description?: SourceDescription
}): ArtifactSource {
  return new ReadSource({ ...options, read: () => readBuffers([]) })
}

/**
 * The source of data that is at hand: bytes as they are, a string as UTF-8, anything else as JSON.
 *
 * @throws ArtifactError `not_serializable` when the value cannot be written as JSON
 */
export function immediateSource(data: unknown): ArtifactSource {
  if (data instanceof MemorySource || data instanceof ReadSource) return data
  const bytes = bytesOf(data)
  if (bytes !== undefined && typeof data === 'object' && data !== null) {
    return new MemorySource([bytes], { owner: data, sha256: knownDigest(data, bytes) })
  }
  if (typeof data === 'string') return encodedText(data, 'text/plain; charset=utf-8')
  return encodedText(encodeJson(data), 'application/json')
}

/** The bytes of a view or a buffer, not copied; undefined for anything else. */
export function bytesOf(data: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (typeof SharedArrayBuffer !== 'undefined' && data instanceof SharedArrayBuffer) return new Uint8Array(data)
  return undefined
}

function encodedText(text: string, fallbackContentType: string): ArtifactSource {
  return new MemorySource([new TextEncoder().encode(text)], { description: { fallbackContentType } })
}

/** The first bytes of content that is in memory, as many as its type is told by. */
export function headOf(buffers: readonly Uint8Array[]): Uint8Array {
  const [first] = buffers
  if (first === undefined) return new Uint8Array()
  if (buffers.length === 1 || first.length >= CONTENT_TYPE_HEAD_BYTES) return first.subarray(0, CONTENT_TYPE_HEAD_BYTES)
  const head = new Uint8Array(CONTENT_TYPE_HEAD_BYTES)
  let length = 0
  for (const buffer of buffers) {
    const part = buffer.subarray(0, CONTENT_TYPE_HEAD_BYTES - length)
    head.set(part, length)
    length += part.length
    if (length === CONTENT_TYPE_HEAD_BYTES) break
  }
  return head.subarray(0, length)
}

/** Copies chunk by chunk: what is hashed on the way out is then what is sent, whatever becomes of the buffers. */
async function* readBuffers(buffers: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const buffer of buffers) {
    for (let offset = 0; offset < buffer.length; offset += MEMORY_CHUNK_BYTES) {
      yield new Uint8Array(buffer.subarray(offset, offset + MEMORY_CHUNK_BYTES))
    }
  }
}

/** @throws Error when somebody reads on after the content was given up */
async function* checkedChunks(
  chunks: AsyncIterable<Uint8Array>,
  isInUse: () => boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    if (!isInUse()) throw new Error('the content was stored before it was read to its end')
    yield chunk
  }
}

/** Nothing that sends bytes takes shared memory. */
function isSendable({ buffer }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer
}

/** Copies nothing: a copy of each chunk is garbage outside the heap, and much of it makes V8 stop for a full collection. */
async function* viewBuffers(buffers: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const buffer of buffers) {
    for (let offset = 0; offset < buffer.length; offset += MEMORY_CHUNK_BYTES) {
      yield buffer.subarray(offset, offset + MEMORY_CHUNK_BYTES)
    }
  }
}

/** Copies into one buffer again and again: what is hashed is then what is written, whatever becomes of the buffers. */
async function* scanBuffers(buffers: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  const largest = buffers.reduce((most, { length }) => Math.max(most, length), 0)
  const copy = new Uint8Array(Math.min(largest, SCAN_CHUNK_BYTES))
  for (const buffer of buffers) {
    for (let offset = 0; offset < buffer.length; offset += copy.length) {
      const part = buffer.subarray(offset, offset + copy.length)
      copy.set(part)
      yield copy.subarray(0, part.length)
    }
  }
}

async function* readBlob(blob: Blob): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = blob.stream().getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

const dropReasons: ReadonlyMap<ArtifactErrorCode, DropReason> = new Map<ArtifactErrorCode, DropReason>([
  ['file_not_found', 'file_not_found'],
  ['file_unreadable', 'file_unreadable'],
  ['not_a_file', 'not_a_file'],
  ['not_serializable', 'not_serializable'],
])

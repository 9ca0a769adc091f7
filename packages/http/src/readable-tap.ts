import type { Readable } from 'node:stream'
import type { ByteSink } from './byte-sink.js'
import { observeMethod } from './observe-method.js'
import { properties } from './properties.js'

/**
 * Shows a sink every byte that is pushed into a readable stream, from the ones that already wait in its buffer on.
 *
 * `push` is overridden on the instance and no listener is added, so flow mode, back-pressure and `100 Continue` stay as
 * they are, however the application reads: events, `read()`, pipes, async iteration, web streams.
 */
export function tapReadable(stream: Readable, sink: ByteSink): void {
  const state: unknown = properties(stream)['_readableState']
  if (isBufferedState(state)) {
    if (state.length !== 0 || state.decoder) for (const bytes of bufferedBytes(state)) sink.write(bytes)
    if (state.ended === true) sink.end()
  }
  observeMethod(stream, 'push', (chunk, encoding) => {
    if (chunk === null) return sink.end()
    const bytes = typeof chunk === 'string' ? textBytes(chunk, encoding) : viewedBytes(chunk)
    if (bytes !== undefined) sink.write(bytes)
  })
}

/** The bytes of a chunk of a stream, where it has any: in the same memory. */
export function viewedBytes(chunk: unknown): Uint8Array | undefined {
  if (chunk instanceof Uint8Array) return chunk
  // That of another realm is none here, and some streams take views of every kind.
  return ArrayBuffer.isView(chunk) ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : undefined
}

/** The bytes of a text that is written to a stream; Node's default encoding is UTF-8. */
export function textBytes(text: string, encoding: unknown): Uint8Array {
  if (typeof encoding !== 'string' || encoding === 'utf8') return Buffer.from(text)
  return Buffer.from(text, Buffer.isEncoding(encoding) ? encoding : 'utf8')
}

/**
 * Whether text waits in a stream whose bytes can no longer be told: it was decoded with `setEncoding`, and what was no
 * character became U+FFFD, or lost its highest bit.
 */
export function hasLostBytes(stream: Readable): boolean {
  const state: unknown = properties(stream)['_readableState']
  if (!isBufferedState(state) || !state.decoder || state.length === 0) return false
  const { buffer = [], bufferIndex = 0, encoding } = state
  // The other encodings can be undone, whatever the bytes were.
  if (encoding !== 'ascii' && encoding !== 'utf8') return false
  return buffer
    .slice(bufferIndex)
    .some((chunk) => typeof chunk === 'string' && (encoding === 'ascii' || chunk.includes('\uFFFD')))
}

/** The parts of Node's stream state that the bytes already waiting in a stream are read from. */
interface BufferedState {
  /** How much is in the buffer. */
  readonly length?: number
  readonly buffer?: readonly (Uint8Array | string)[]
  /** Chunks before this one have been read. */
  readonly bufferIndex?: number
  readonly encoding?: BufferEncoding | null
  /** A `StringDecoder`: it keeps an incomplete character until its last byte arrives. */
  readonly decoder?: { readonly lastChar?: Uint8Array; readonly lastNeed?: number; readonly lastTotal?: number } | null
  readonly ended?: boolean
}

function isBufferedState(state: unknown): state is BufferedState {
  return typeof state === 'object' && state !== null
}

function* bufferedBytes(state: BufferedState): Generator<Uint8Array> {
  const { buffer = [], bufferIndex = 0, encoding, decoder } = state
  for (const chunk of buffer.slice(bufferIndex)) yield typeof chunk === 'string' ? textBytes(chunk, encoding) : chunk
  const { lastChar, lastNeed = 0, lastTotal = 0 } = decoder ?? {}
  if (lastChar !== undefined && lastNeed > 0) yield lastChar.subarray(0, lastTotal - lastNeed)
}

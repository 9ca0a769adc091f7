import type { Readable } from 'node:stream'
import type { StringDecoder } from 'node:string_decoder'
import { overrideMethod } from './override-method.js'

/** Sees a body pass by. Neither method may throw. */
export interface ByteSink {
  /** @param bytes valid only during the call: the application owns the buffer and may change it afterwards */
  write(bytes: Uint8Array): void
  /** The producer said that the body is over. May be called more than once (HTTP/2 does). */
  end(): void
}

/** The parts of Node's stream state that the bytes already waiting in a stream are read from. */
interface BufferedState {
  readonly buffer?: readonly (Uint8Array | string)[]
  readonly bufferIndex?: number
  readonly encoding?: BufferEncoding | null
  readonly decoder?: (StringDecoder & DecoderState) | null
  readonly ended?: boolean
}

/** `StringDecoder` keeps an incomplete character here until its last byte arrives. */
interface DecoderState {
  readonly lastChar?: Uint8Array
  readonly lastNeed?: number
  readonly lastTotal?: number
}

/**
 * Shows a sink every byte that is pushed into a readable stream, from the ones that already wait in its buffer on.
 *
 * `push` is overridden on the instance and no listener is added, so flow mode, back-pressure and
 * `100 Continue` stay as they are, however the application reads: events, `read()`, pipes, async iteration, web
 * streams.
 */
export function tapReadable(stream: Readable, sink: ByteSink): void {
  const state = (stream as { _readableState?: BufferedState })._readableState ?? {}
  for (const bytes of bufferedBytes(state)) sink.write(bytes)
  if (state.ended === true) sink.end()

  const original = stream.push
  overrideMethod(stream, 'push', function push(this: Readable, chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk === null) sink.end()
    else if (chunk instanceof Uint8Array) sink.write(chunk)
    else if (typeof chunk === 'string') sink.write(Buffer.from(chunk, encoding))
    return original.call(this, chunk, encoding)
  })
}

/** Whether bytes of the stream were handed to a reader before a tap could see them. */
export function wasRead(stream: Readable): boolean {
  return stream.readableDidRead && !stream.readableAborted
}

function* bufferedBytes(state: BufferedState): Generator<Uint8Array> {
  const buffer = state.buffer ?? []
  for (let index = state.bufferIndex ?? 0; index < buffer.length; index += 1) {
    const chunk = buffer[index]
    if (typeof chunk === 'string') yield Buffer.from(chunk, state.encoding ?? 'utf8')
    else if (chunk !== undefined) yield chunk
  }
  const { lastChar, lastNeed = 0, lastTotal = 0 } = state.decoder ?? {}
  if (lastChar !== undefined && lastNeed > 0) yield lastChar.subarray(0, lastTotal - lastNeed)
}

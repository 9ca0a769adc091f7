import type { ByteSink } from '../byte-sink.js'
import { isPromiseLike } from '../promise-like.js'
import { overrideMethod } from './override-method.js'

/** Sees a body pass by that may end early. No method may throw. */
export interface StreamSink extends ByteSink {
  /** Nobody wants the rest, or there is none because the source has failed. */
  cancel(): void
  /** Asked after each chunk: whoever reads gets it when this has resolved. Must not reject. */
  drained(): Promise<void> | undefined
}

/**
 * Shows a sink every byte that is read from a web stream. The stream stays the same object and nobody else reads it:
 * what is never read is never seen, and back-pressure is that of the application.
 *
 * The methods by which a stream is read are overridden on the instance. `request.json()` and its like use them too, at
 * least in undici, which Node and the sandbox of Next's edge runtime are made of; where a runtime reads bodies by
 * internal means, nothing is seen, and nothing is disturbed.
 */
export function tapReadableStream(stream: ReadableStream<Uint8Array>, sink: StreamSink): void {
  let passedOn: ReadableStream<Uint8Array> | undefined

  /** Pipes read by internal means, so they get a stream in between; it pulls only what is pulled from it. */
  const passOn = (): ReadableStream<Uint8Array> =>
    (passedOn ??= isByteStream(stream) ? pullingBytes(stream.getReader()) : pulling(stream.getReader()))

  overrideMethod(stream, 'getReader', (original, parameters) => {
    if (passedOn !== undefined) return callMethod(passedOn, 'getReader', parameters)
    const reader = original()
    if (isObject(reader)) {
      observeResults(reader, 'read', sink)
      observeEnd(reader, 'cancel', sink)
    }
    return reader
  })
  for (const name of ['values', Symbol.asyncIterator] as const) {
    overrideMethod(stream, name, (original, parameters) => {
      if (passedOn !== undefined) return callMethod(passedOn, name, parameters)
      const iterator = original()
      if (isObject(iterator)) {
        observeResults(iterator, 'next', sink)
        observeEnd(iterator, 'return', sink)
      }
      return iterator
    })
  }
  for (const name of ['pipeTo', 'pipeThrough', 'tee'] as const) {
    overrideMethod(stream, name, (original, parameters) => {
      // A locked stream is refused by the original.
      if (passedOn === undefined && stream.locked) return original()
      return callMethod(passOn(), name, parameters)
    })
  }
  overrideMethod(stream, 'cancel', (original, parameters) => {
    if (passedOn !== undefined) return callMethod(passedOn, 'cancel', parameters)
    if (!stream.locked) sink.cancel()
    return original()
  })
  const prototype: object = Object.getPrototypeOf(stream)
  Object.defineProperty(stream, 'locked', {
    get: (): unknown => (passedOn === undefined ? Reflect.get(prototype, 'locked', stream) : passedOn.locked),
    configurable: true,
    enumerable: false,
  })
}

function callMethod(stream: ReadableStream, name: string | symbol, parameters: readonly unknown[]): unknown {
  const method: unknown = Reflect.get(stream, name)
  return typeof method === 'function' ? Reflect.apply(method, stream, parameters) : undefined
}

/** A stream of what a reader reads, when it is asked for it. */
function pulling(reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (!done) return controller.enqueue(value)
        reader.releaseLock()
        controller.close()
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/**
 * As {@link pulling}, for a stream of bytes: it has to stay one, because `tee()` of a stream of bytes gives each branch chunks
 * of its own, and because some readers bring their own buffers.
 */
function pullingBytes(reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: 'bytes',
    async pull(controller: ReadableByteStreamController) {
      const { done, value } = await reader.read()
      if (!done) return controller.enqueue(transferable(value))
      reader.releaseLock()
      controller.close()
      // A reader that brought a buffer waits for it even at the end.
      controller.byobRequest?.respond(0)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

/** A stream of bytes takes its chunks over, which must not happen to a buffer of which the chunk is only a part. */
function transferable(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  return chunk.buffer instanceof ArrayBuffer && chunk.byteLength === chunk.buffer.byteLength
    ? new Uint8Array(chunk.buffer)
    : new Uint8Array(chunk)
}

/** Only a stream of bytes can be read into a buffer of the reader. The stream must not be locked. */
function isByteStream(stream: ReadableStream<Uint8Array>): boolean {
  try {
    const getReader: unknown = Reflect.get(ReadableStream.prototype, 'getReader')
    if (typeof getReader !== 'function') return false
    const reader: ReadableStreamBYOBReader = Reflect.apply(getReader, stream, [{ mode: 'byob' }])
    reader.releaseLock()
    return true
  } catch {
    return false
  }
}

/** Sees the results of a reader's or an iterator's method before whoever awaits them does. */
function observeResults(target: object, name: string, sink: StreamSink): void {
  overrideMethod(target, name, (original) => {
    const promise = original()
    return isPromiseLike(promise) ? promise.then((result) => see(result, sink), fail) : promise
  })
  const fail = (error: unknown): never => {
    sink.cancel()
    throw error
  }
}

function see(result: unknown, sink: StreamSink): unknown {
  const { done, value }: { done?: unknown; value?: unknown } = Object(result)
  const bytes = asBytes(value)
  if (bytes !== undefined && bytes.length > 0) sink.write(bytes)
  if (done === true) sink.end()
  const drained = sink.drained()
  return drained === undefined ? result : drained.then(() => result)
}

/** Next writes what it reads to a response of Node, which takes texts too. */
function asBytes(chunk: unknown): Uint8Array | undefined {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  return ArrayBuffer.isView(chunk) ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength) : undefined
}

function observeEnd(target: object, name: string, sink: StreamSink): void {
  overrideMethod(target, name, (original) => {
    sink.cancel()
    return original()
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

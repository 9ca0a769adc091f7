import type { DescMessage } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

/** A request that says little in few bytes and would take the server far more of them. The message says of what. */
export class OversizedTraceRequestError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'OversizedTraceRequestError'
  }
}

/** In a request full of short attributes a message of protobuf takes twelve bytes, an object of JSON fifteen. */
const minBytesPerObject = 8
/** A batch of ten thousand spans repeats a resource of several kilobytes, and stays below. */
const maxRepetition = 4
/**
 * A batch of an exporter has hundreds, one of a busy Collector ten thousand. In the fewest bytes a request of 32 MiB has
 * a million of them, which take minutes to store and gigabytes of memory.
 */
const maxSpans = 100_000

const openingBrace = 0x7b
const openingBracket = 0x5b

/**
 * Refuses JSON that would become more objects than a request of this size has reason to hold: thirty megabytes of `{}`
 * take gigabytes of memory.
 *
 * @param maxBytes longest request
 * @throws OversizedTraceRequestError
 */
export function limitJsonObjects(bytes: Uint8Array, maxBytes: number): void {
  let left = maxObjects(maxBytes)
  // An index, as an iterator would take longer for this than the parser takes for its work.
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]
    if ((byte === openingBrace || byte === openingBracket) && --left < 0) throw tooManyObjects(maxBytes)
  }
}

/**
 * The same for protobuf, whose messages are counted without being built.
 *
 * @throws OversizedTraceRequestError; what the reader throws where the bytes are no protobuf
 */
export function limitMessages(schema: DescMessage, bytes: Uint8Array, maxBytes: number): void {
  const reader = new BinaryReader(bytes)
  let left = maxObjects(maxBytes)
  const ends: { schema: DescMessage; end: number }[] = [{ schema, end: bytes.length }]
  for (let message = ends.at(-1); message !== undefined; message = ends.at(-1)) {
    if (reader.pos >= message.end) {
      ends.pop()
      continue
    }
    const [fieldNumber, wireType] = reader.tag()
    const inner = message.schema.fields.find((field) => field.number === fieldNumber)?.message
    if (inner === undefined || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, fieldNumber)
      continue
    }
    if (--left < 0) throw tooManyObjects(maxBytes)
    const length = reader.uint32()
    ends.push({ schema: inner, end: reader.pos + length })
  }
}

/** Counts the spans of a request, and what is stored again with every one of them. */
export interface SpanBudget {
  /**
   * Takes one more span.
   *
   * @param repeatedCharacters of its resource and scope
   * @throws OversizedTraceRequestError when there are too many spans, or when they repeat too much
   */
  take(repeatedCharacters: number): void
}

/**
 * A resource and a scope come once and are stored with each of their spans: without a bound, a few kilobytes that unpack to one large
 * resource and many small spans would fill the disk.
 *
 * @param maxBytes longest request
 */
export function spanBudget(maxBytes: number): SpanBudget {
  const maxRepeated = maxRepetition * maxBytes
  let spansLeft = maxSpans
  let repeatedLeft = maxRepeated
  return {
    take(repeatedCharacters) {
      spansLeft -= 1
      repeatedLeft -= repeatedCharacters
      if (spansLeft < 0)
        throw new OversizedTraceRequestError(`body: holds more than ${maxSpans} spans; send smaller batches`)
      if (repeatedLeft >= 0) return
      throw new OversizedTraceRequestError(
        `resourceSpans: the spans repeat more than ${maxRepeated} characters of their resources and scopes; send smaller batches`,
      )
    },
  }
}

function maxObjects(maxBytes: number): number {
  return Math.ceil(maxBytes / minBytesPerObject)
}

function tooManyObjects(maxBytes: number): OversizedTraceRequestError {
  return new OversizedTraceRequestError(`body: holds more than ${maxObjects(maxBytes)} objects; send smaller batches`)
}

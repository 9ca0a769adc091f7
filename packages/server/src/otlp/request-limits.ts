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

/** Counts what is stored again with every span of a request. */
export interface RepetitionBudget {
  /**
   * Takes the characters that one more span repeats.
   *
   * @throws OversizedTraceRequestError when they are used up
   */
  take(characters: number): void
}

/**
 * A resource and a scope come once and are stored with each of their spans: without a bound, a few kilobytes that unpack to one large
 * resource and many small spans would fill the disk.
 *
 * @param maxBytes longest request
 */
export function repetitionBudget(maxBytes: number): RepetitionBudget {
  let left = maxRepetition * maxBytes
  return {
    take(characters) {
      left -= characters
      if (left >= 0) return
      throw new OversizedTraceRequestError(
        `resourceSpans: the spans repeat more than ${maxRepetition * maxBytes} bytes of their resources and scopes`,
      )
    },
  }
}

function maxObjects(maxBytes: number): number {
  return Math.ceil(maxBytes / minBytesPerObject)
}

function tooManyObjects(maxBytes: number): OversizedTraceRequestError {
  return new OversizedTraceRequestError(`body: holds more than ${maxObjects(maxBytes)} objects`)
}

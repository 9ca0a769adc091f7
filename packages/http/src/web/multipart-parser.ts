import type { ArtifactClient } from '@span-artifacts/core'
import type { ByteSink } from '../byte-sink.js'
import { parseContentType } from '../content-types.js'
import { MAX_FILES } from '../file-bounds.js'
import { MAX_FIELDS } from '../form-fields.js'
import type { MultipartSink } from '../multipart-sink.js'
import { FieldValue } from './field-value.js'
import { readPartHeader, type PartHeader } from './part-header.js'

/** What is in more parts is not kept, and to take them apart takes microseconds for each. */
const MAX_PARTS: number = MAX_FIELDS + MAX_FILES
/** The headers of one part may be this long, in bytes. */
const MAX_HEADER_BYTES = 16 * 1024
const LINE_BREAK = Buffer.from('\r\n')
const HEADER_END = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)
const CARRIAGE_RETURN = 0x0d
const LINE_FEED = 0x0a
const SPACE = 0x20
const TAB = 0x09

/** Takes a multipart body apart while it passes by. */
export interface MultipartParser extends ByteSink {
  /** Whether a form has too many parts, or does not begin or go on as one. */
  readonly lacksParts: boolean
  /** Forgets what is kept of the part that has not ended. */
  discard(): void
}

/** Takes the content of one part. */
interface PartSink extends ByteSink {
  discard?(): void
}

/** What the next bytes belong to. */
type State = 'preamble' | 'boundary' | 'headers' | 'content' | 'done' | 'failed'

/**
 * Takes a `multipart/form-data` body (RFC 7578) apart and shows a sink its parts. The application may read the body by
 * whatever means: other than with Node's streams there is no parser to watch. What never begins as a form does not start the
 * sink.
 *
 * @param options.maxFieldBytes of a field that is longer, only so many bytes and one more are kept
 * @param options.client the memory of whom fields count against while they pass
 * @returns `undefined` where the content type is another one, or names no boundary
 */
export function createMultipartParser(
  contentType: string,
  sink: MultipartSink,
  options: FieldOptions,
): MultipartParser | undefined {
  const { mediaType, boundary } = parseContentType(contentType)
  if (mediaType !== 'multipart/form-data' || boundary === undefined || boundary === '') return undefined
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  let state: State = 'preamble'
  // The first delimiter has no line break before it.
  let heldBack: Buffer = LINE_BREAK
  let part: PartSink | undefined
  let partCount = 0
  /** Some parsers find parts in what stands before the first delimiter, because they ask for no line break there. */
  let hasPreamble = false

  const endPart = (): void => {
    part?.end()
    part = undefined
  }

  /** Consumes what can be understood. @returns where the rest begins, which waits for more; as far as it got */
  const step = (bytes: Buffer, start: number): number => {
    switch (state) {
      case 'preamble':
      case 'content': {
        const end = bytes.indexOf(delimiter, start)
        const known = end === -1 ? possibleStart(bytes, delimiter, start) : end
        hasPreamble ||= state === 'preamble' && !isBlank(bytes.subarray(start, known))
        if (known > start) part?.write(bytes.subarray(start, known))
        if (end === -1) return known
        state = 'boundary'
        return end + delimiter.length
      }
      case 'boundary': {
        let end = start
        while (bytes[end] === SPACE || bytes[end] === TAB) end += 1
        if (bytes.length - end < 2) return end
        const next = bytes.toString('latin1', end, end + 2)
        if (next === '--') state = 'done'
        else state = next === '\r\n' ? 'headers' : 'failed'
        // With anything else behind the boundary, some parsers take it for an end and some for content.
        if (state !== 'failed') endPart()
        if (state === 'done' && partCount === 0 && !hasPreamble) sink.start()
        return end
      }
      case 'headers': {
        const end = bytes.indexOf(HEADER_END, start)
        if (end === -1) {
          if (bytes.length - start > MAX_HEADER_BYTES) state = 'failed'
          return start
        }
        const header = readPartHeader(bytes.toString('utf8', start, end))
        if (header === undefined || partCount === MAX_PARTS) {
          state = 'failed'
          return start
        }
        if (partCount === 0) sink.start()
        partCount += 1
        part = openPart(header, sink, options)
        state = 'content'
        // The line break at the end of the headers is that of a delimiter where the part is empty.
        return end + LINE_BREAK.length
      }
      case 'done':
      case 'failed':
      default:
        return bytes.length
    }
  }

  return {
    get lacksParts() {
      return (state === 'failed' || hasPreamble) && partCount > 0
    },
    write(chunk) {
      const bytes = asBuffer(chunk)
      const joined = heldBack.length === 0 ? bytes : Buffer.concat([heldBack, bytes])
      let position = 0
      for (let before: State | undefined; before !== state;) {
        before = state
        position = step(joined, position)
      }
      // A copy: the chunk belongs to the application.
      heldBack = position === joined.length ? NOTHING : Buffer.from(joined.subarray(position))
    },
    end() {
      if (state === 'boundary') endPart()
      if (state !== 'done') state = 'failed'
    },
    discard: () => part?.discard?.(),
  }
}

/** How fields are kept until they are whole. */
interface FieldOptions {
  readonly client: ArtifactClient | undefined
  readonly maxFieldBytes: number
}

/** Some senders begin with a line break. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === CARRIAGE_RETURN || byte === LINE_FEED)
}

/** Where the delimiter may begin at the end of some bytes. */
function possibleStart(bytes: Buffer, delimiter: Buffer, start: number): number {
  let candidate = bytes.indexOf(CARRIAGE_RETURN, Math.max(start, bytes.length - delimiter.length + 1))
  while (candidate !== -1 && !delimiter.subarray(0, bytes.length - candidate).equals(bytes.subarray(candidate))) {
    candidate = bytes.indexOf(CARRIAGE_RETURN, candidate + 1)
  }
  return candidate === -1 ? bytes.length : candidate
}

function openPart(
  { field, filename, contentType }: PartHeader,
  sink: MultipartSink,
  { client, maxFieldBytes: maxBytes }: FieldOptions,
): PartSink | undefined {
  const content: PartSink | undefined =
    filename === undefined
      ? new FieldValue({
          client,
          maxBytes,
          onValue: (value) => sink.field(field, value),
          onLost: () => sink.cut(),
        })
      : sink.file({ field, filename: filename === '' ? undefined : filename, contentType })
  return content && withoutLineBreak(content)
}

/** The content of a part begins with the line break that ends its headers. */
function withoutLineBreak(content: PartSink): PartSink {
  let missing = LINE_BREAK.length
  return {
    write(bytes) {
      const skipped = Math.min(missing, bytes.length)
      missing -= skipped
      if (bytes.length > skipped) content.write(bytes.subarray(skipped))
    },
    end: () => content.end(),
    discard: () => content.discard?.(),
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

import type { ByteSink } from '../byte-sink.js'
import { decodeExtendedValue, readParameters } from '../content-disposition.js'
import { parseContentType } from '../content-types.js'
import type { MultipartSink } from '../multipart-sink.js'
import { decodeText } from '../text-preview.js'

/** The headers of one part may be this long, in bytes. */
const MAX_HEADER_BYTES = 16 * 1024
const LINE_BREAK = Buffer.from('\r\n')
const HEADER_END = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)
const CARRIAGE_RETURN = 0x0d

/** Takes a multipart body apart while it passes by. */
export interface MultipartParser extends ByteSink {
  /** Whether the body is not what it says it is: what comes after the mistake is not understood. */
  readonly failed: boolean
}

/** Takes the content of one part. */
type PartSink = ByteSink

/** What the next bytes belong to. */
type State = 'preamble' | 'boundary' | 'headers' | 'content' | 'done' | 'failed'

/**
 * Takes a `multipart/form-data` body (RFC 7578) apart and shows a sink its parts. The application may read the body by
 * whatever means: other than with Node's streams there is no parser to watch.
 *
 * @param options.maxFieldBytes of a field that is longer, only so many bytes and one more are kept
 * @returns `undefined` where the content type names no boundary
 */
export function createMultipartParser(
  contentType: string,
  sink: MultipartSink,
  { maxFieldBytes }: { maxFieldBytes: number },
): MultipartParser | undefined {
  const { boundary } = parseContentType(contentType)
  if (boundary === undefined || boundary === '') return undefined
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  let state: State = 'preamble'
  // The first delimiter has no line break before it.
  let heldBack: Buffer = LINE_BREAK
  let part: PartSink | undefined

  /** Consumes what can be understood. @returns where the rest begins, which waits for more; as far as it got */
  const step = (bytes: Buffer, start: number): number => {
    switch (state) {
      case 'preamble':
      case 'content': {
        const end = bytes.indexOf(delimiter, start)
        const known = end === -1 ? possibleStart(bytes, delimiter, start) : end
        if (known > start) part?.write(bytes.subarray(start, known))
        if (end === -1) return known
        part?.end()
        part = undefined
        state = 'boundary'
        return end + delimiter.length
      }
      case 'boundary': {
        if (bytes.length - start < 2) return start
        if (bytes.toString('latin1', start, start + 2) === '--') state = 'done'
        else state = 'headers'
        return start
      }
      case 'headers': {
        const end = bytes.indexOf(HEADER_END, start)
        if (end === -1) {
          if (bytes.length - start > MAX_HEADER_BYTES) state = 'failed'
          return start
        }
        part = openPart(bytes.toString('utf8', start, end), sink, maxFieldBytes)
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
    get failed() {
      return state === 'failed'
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
      if (state !== 'done') state = 'failed'
    },
  }
}

/** Where the delimiter may begin at the end of some bytes. */
function possibleStart(bytes: Buffer, delimiter: Buffer, start: number): number {
  let candidate = bytes.indexOf(CARRIAGE_RETURN, Math.max(start, bytes.length - delimiter.length + 1))
  while (candidate !== -1 && !delimiter.subarray(0, bytes.length - candidate).equals(bytes.subarray(candidate))) {
    candidate = bytes.indexOf(CARRIAGE_RETURN, candidate + 1)
  }
  return candidate === -1 ? bytes.length : candidate
}

function openPart(headers: string, sink: MultipartSink, maxFieldBytes: number): PartSink | undefined {
  const parameters = readParameters(header(headers, 'content-disposition') ?? '', unquote)
  const contentType = header(headers, 'content-type')
  const field = unescapeName(parameters.get('name') ?? '')
  const filename = decodeExtendedValue(parameters.get('filename*') ?? '') ?? parameters.get('filename')
  const content =
    filename === undefined
      ? collectField(
          (value) => sink.field(field, decodeText(value, contentType ?? '') ?? value.toString()),
          maxFieldBytes,
        )
      : sink.file({ field, filename: unescapeName(filename) || undefined, contentType })
  return content && withoutLineBreak(content)
}

/** The content of a part begins with the line break that ends its headers. */
function withoutLineBreak(content: ByteSink): PartSink {
  let missing = LINE_BREAK.length
  return {
    write(bytes) {
      const skipped = Math.min(missing, bytes.length)
      missing -= skipped
      if (bytes.length > skipped) content.write(bytes.subarray(skipped))
    },
    end: () => content.end(),
  }
}

function collectField(onValue: (value: Buffer) => void, maxBytes: number): ByteSink {
  const chunks: Buffer[] = []
  let room = maxBytes + 1
  return {
    write(bytes) {
      if (room === 0) return
      const kept = Buffer.from(bytes.subarray(0, room))
      room -= kept.length
      chunks.push(kept)
    },
    end: () => onValue(Buffer.concat(chunks)),
  }
}

function header(headers: string, name: string): string | undefined {
  const line = headers.split('\r\n').find((text) => text.toLowerCase().startsWith(`${name}:`))
  return line?.slice(name.length + 1).trim()
}

/** curl escapes quotes and backslashes; browsers escape no backslash, and send paths with some. */
function unquote(quoted: string): string {
  return quoted.replaceAll(/\\(["\\])/g, '$1')
}

/** What browsers escape in names: the HTML standard, "multipart/form-data encoding algorithm". */
function unescapeName(name: string): string {
  return name.replaceAll(/%0D|%0A|%22/gi, decodeURIComponent)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

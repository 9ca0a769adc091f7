import { decodeField, make, type PartInfo } from 'multipasta'
import type { ByteSink } from '../byte-sink.js'
import { decodeExtendedValue, readParameters } from '../content-disposition.js'
import { parseContentType } from '../content-types.js'
import type { MultipartSink } from '../multipart-sink.js'

const HYPHEN = 0x2d
const NOTHING = new Uint8Array()

/** Takes a multipart body apart while it passes by. */
export interface MultipartParser extends ByteSink {
  /** Whether the body is not what it says it is: what comes after the mistake is not understood. */
  readonly failed: boolean
}

/**
 * Takes a `multipart/form-data` body (RFC 7578) apart and shows a sink its parts. The application may read the body by
 * whatever means: other than with Node's streams there is no parser to watch.
 *
 * @returns `undefined` where the content type names no boundary
 */
export function createMultipartParser(contentType: string, sink: MultipartSink): MultipartParser | undefined {
  const { boundary } = parseContentType(contentType)
  if (boundary === undefined || boundary === '') return undefined
  let heldBack = NOTHING
  let isDone = false
  let failed = false
  const parser = make({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    isFile: (part) => readParameters(dispositionOf(part)).has('filename'),
    onFile: (part) => {
      const parameters = readParameters(dispositionOf(part))
      const type = part.headers['content-type']
      const file = sink.file({
        field: unescape(parameters.get('name')),
        filename:
          unescape(decodeExtendedValue(parameters.get('filename*') ?? '') ?? parameters.get('filename')) || undefined,
        contentType: typeof type === 'string' ? type : undefined,
      })
      return (chunk) => {
        if (chunk === null) file?.end()
        else file?.write(chunk)
      }
    },
    onField: (part, value) =>
      sink.field(unescape(readParameters(dispositionOf(part)).get('name')), decodeField(part, value)),
    onError: () => {
      failed = true
    },
    onDone: () => {
      isDone = true
    },
  })
  return {
    get failed() {
      return failed && !isDone
    },
    write(bytes) {
      if (failed || isDone) return
      const chunk = heldBack.length === 0 ? bytes : join(heldBack, bytes)
      // The parser does not recognise the end of the body, `--`, when its two bytes come in two chunks.
      const isSplit = chunk.at(-1) === HYPHEN
      heldBack = isSplit ? chunk.slice(-1) : NOTHING
      parser.write(isSplit ? chunk.subarray(0, -1) : chunk)
    },
    end() {
      if (!failed && !isDone) failed = true
    },
  }
}

/** The library's own reading of this header takes no characters beyond latin1. */
function dispositionOf({ headers }: PartInfo): string {
  const header = headers['content-disposition']
  return typeof header === 'string' ? header : ''
}

/** What browsers, and `FormData` of other runtimes, escape in names: the HTML standard, "multipart/form-data encoding". */
function unescape(name = ''): string {
  return name.replaceAll(/%0D|%0A|%22/g, decodeURIComponent)
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length)
  joined.set(first)
  joined.set(second, first.length)
  return joined
}

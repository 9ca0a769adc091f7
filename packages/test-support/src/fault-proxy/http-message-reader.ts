import { impossible } from '../impossible.js'

/** A head longer than this is no HTTP that a test would send: the connection fails rather than buffering on. */
const MAX_HEAD_BYTES = 65_536
const HEAD_END = '\r\n\r\n'
const CR_LF_BYTES = 2

/** The head of one HTTP/1.1 message, as far as framing and matching need it. */
export interface MessageHead {
  /** `PUT /path HTTP/1.1` or `HTTP/1.1 200 OK` */
  startLine: string
  /** lower-case names */
  headers: ReadonlyMap<string, string>
  /** head and body together in bytes; undefined when only its end tells (chunked, or until the connection closes) */
  totalBytes: number | undefined
}

/** A piece of one message, in the order of the wire. */
export interface MessagePart {
  /** the bytes as they came; the first part of a message is its whole head */
  bytes: Buffer
  /** set on the first part of a message only */
  head?: MessageHead
  /** true on the part that ends the message */
  last: boolean
}

type Body =
  | { kind: 'length'; remainingBytes: number }
  | { kind: 'chunked'; state: 'size' | 'data' | 'trailer'; remainingBytes: number; line: string }
  | { kind: 'untilClose' }

/**
 * Cuts one direction of a connection into HTTP/1.1 messages (RFC 9112, section 6) without changing a byte, so that
 * a fault can be placed at a share of a message and not only at a byte of a connection.
 */
export class HttpMessageReader {
  readonly #hasNoBody: (startLine: string) => boolean
  #pending: Buffer = Buffer.alloc(0)
  #body: Body | undefined

  /** @param hasNoBody tells messages that have none whatever their headers say, such as the answer to HEAD */
  constructor(hasNoBody: (startLine: string) => boolean) {
    this.#hasNoBody = hasNoBody
  }

  /**
   * @returns the parts that these bytes complete; none while a head is still incomplete
   * @throws Error when the head is longer than 64 KiB
   */
  push(chunk: Buffer): MessagePart[] {
    const parts: MessagePart[] = []
    let rest = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk
    this.#pending = Buffer.alloc(0)
    while (rest.length > 0) {
      if (this.#body === undefined) {
        const end = rest.indexOf(HEAD_END)
        if (end < 0) {
          if (rest.length > MAX_HEAD_BYTES) throw new Error(`the head of a message is over ${MAX_HEAD_BYTES} bytes`)
          this.#pending = rest
          break
        }
        const bytes = rest.subarray(0, end + HEAD_END.length)
        rest = rest.subarray(bytes.length)
        parts.push({ bytes, head: this.#startMessage(bytes), last: this.#body === undefined })
      } else {
        const taken = this.#take(this.#body, rest)
        parts.push({ bytes: rest.subarray(0, taken.bytes), last: taken.ended })
        rest = rest.subarray(taken.bytes)
        if (taken.ended) this.#body = undefined
      }
    }
    return parts
  }

  #startMessage(bytes: Buffer): MessageHead {
    const [startLine = '', ...lines] = bytes.toString('latin1').trimEnd().split('\r\n')
    const headers = new Map<string, string>()
    for (const line of lines) {
      const colon = line.indexOf(':')
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
    }
    const lengthBytes = Number(headers.get('content-length') ?? Number.NaN)
    const isResponse = startLine.startsWith('HTTP/')
    if (this.#hasNoBody(startLine)) this.#body = undefined
    else if (headers.get('transfer-encoding')?.toLowerCase().endsWith('chunked')) {
      this.#body = { kind: 'chunked', state: 'size', remainingBytes: 0, line: '' }
    } else if (lengthBytes > 0) this.#body = { kind: 'length', remainingBytes: lengthBytes }
    else if (Number.isNaN(lengthBytes) && isResponse) this.#body = { kind: 'untilClose' }
    else this.#body = undefined

    const isBounded = this.#body === undefined || this.#body.kind === 'length'
    const bodyBytes = this.#body?.kind === 'length' ? this.#body.remainingBytes : 0
    return { startLine, headers, totalBytes: isBounded ? bytes.length + bodyBytes : undefined }
  }

  #take(body: Body, rest: Buffer): { bytes: number; ended: boolean } {
    switch (body.kind) {
      case 'untilClose':
        return { bytes: rest.length, ended: false }
      case 'length': {
        const bytes = Math.min(rest.length, body.remainingBytes)
        body.remainingBytes -= bytes
        return { bytes, ended: body.remainingBytes === 0 }
      }
      case 'chunked': {
        let bytes = 0
        while (bytes < rest.length) {
          const step = takeChunked(body, rest, bytes)
          bytes += step.bytes
          if (step.ended) return { bytes, ended: true }
        }
        return { bytes, ended: false }
      }
      default:
        return impossible(body)
    }
  }
}

/** One step of RFC 9112, section 7.1: a piece of a size line, of a chunk's data, or of a trailer line. */
function takeChunked(
  body: Extract<Body, { kind: 'chunked' }>,
  bytes: Buffer,
  from: number,
): { bytes: number; ended: boolean } {
  if (body.state === 'data') {
    const taken = Math.min(bytes.length - from, body.remainingBytes)
    body.remainingBytes -= taken
    if (body.remainingBytes === 0) body.state = 'size'
    return { bytes: taken, ended: false }
  }
  const lineEnd = bytes.indexOf('\n', from)
  const taken = (lineEnd < 0 ? bytes.length : lineEnd + 1) - from
  body.line += bytes.toString('latin1', from, from + taken)
  if (lineEnd < 0) return { bytes: taken, ended: false }

  const line = body.line.trim()
  body.line = ''
  if (body.state === 'trailer') return { bytes: taken, ended: line === '' }
  const sizeBytes = Number.parseInt(line, 16)
  if (sizeBytes > 0) {
    body.state = 'data'
    body.remainingBytes = sizeBytes + CR_LF_BYTES
  } else body.state = 'trailer'
  return { bytes: taken, ended: false }
}

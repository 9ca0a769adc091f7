import { MIN_SPELLED_BYTES } from '../parts/spelled-bytes.js'
import { isRecord } from '../record.js'

/** How `JSON.stringify` begins a `Uint8Array`: `{"0":137,"1":80,…}`. */
const BYTES_HEAD = '{"0":'

const CODE_OF_ZERO = 48
const CODE_OF_NINE = 57
const CODE_OF_COMMA = 44
const CODE_OF_QUOTE = 34
const CODE_OF_CLOSING_BRACE = 125
const MAX_BYTE = 255

const INITIAL_BYTES = 1024

/** What was taken out of a text, and how the strings begin that stand for it there; their ends are the indexes. */
interface TakenBytes {
  readonly mark: string
  readonly found: Uint8Array[]
}

/**
 * Parses JSON that the AI SDK wrote of data with bytes in it. `JSON.stringify` turns a `Uint8Array` into an object with
 * a member for every byte; these become bytes again. They are read by hand, since `JSON.parse` takes seconds for an object
 * with millions of members.
 *
 * @returns undefined when the text is no JSON
 */
export function parseSdkJson(text: string): { data: unknown } | undefined {
  // Stands for bytes that were taken out: new each time, so that no prompt can hold it.
  const taken: TakenBytes = { mark: `bytes ${crypto.randomUUID()} `, found: [] }
  const rest = takeBytesOut(text, taken)
  try {
    return { data: putBytesBack(JSON.parse(rest), taken) }
  } catch {
    return undefined
  }
}

function takeBytesOut(text: string, { mark, found }: TakenBytes): string {
  const pieces: string[] = []
  let copied = 0
  for (let start = text.indexOf(BYTES_HEAD); start !== -1; start = text.indexOf(BYTES_HEAD, start + 1)) {
    const bytes = readBytes(text, start)
    if (bytes === undefined) continue
    pieces.push(text.slice(copied, start), `"${mark}${found.length}"`)
    found.push(bytes.bytes)
    copied = bytes.end
    start = bytes.end - 1
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(copied)
}

/** Reads `{"0":137,"1":80,…}`. @returns undefined when the object is something else */
function readBytes(text: string, start: number): { bytes: Uint8Array; end: number } | undefined {
  let bytes = new Uint8Array(INITIAL_BYTES)
  let length = 0
  let position = start
  let separator = 0
  const readNumber = (): number => {
    let value = 0
    const begin = position
    for (let code = text.charCodeAt(position); isDigit(code); code = text.charCodeAt(position)) {
      value = value * 10 + code - CODE_OF_ZERO
      position += 1
    }
    return position === begin ? Number.NaN : value
  }
  do {
    // After the brace or comma: "index":byte
    if (text.charCodeAt(position + 1) !== CODE_OF_QUOTE) return undefined
    position += 2
    if (readNumber() !== length || !text.startsWith('":', position)) return undefined
    position += 2
    const byte = readNumber()
    if (!(byte <= MAX_BYTE)) return undefined
    if (length === bytes.length) {
      const larger = new Uint8Array(length * 2)
      larger.set(bytes)
      bytes = larger
    }
    bytes[length] = byte
    length += 1
    separator = text.charCodeAt(position)
  } while (separator === CODE_OF_COMMA)
  return separator === CODE_OF_CLOSING_BRACE && length >= MIN_SPELLED_BYTES
    ? { bytes: bytes.slice(0, length), end: position + 1 }
    : undefined
}

function isDigit(code: number): boolean {
  return code >= CODE_OF_ZERO && code <= CODE_OF_NINE
}

function putBytesBack(value: unknown, taken: TakenBytes): unknown {
  const { mark, found } = taken
  if (typeof value === 'string') {
    return value.startsWith(mark) ? (found[Number(value.slice(mark.length))] ?? value) : value
  }
  if (Array.isArray(value)) return value.map((item) => putBytesBack(item, taken))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, putBytesBack(member, taken)]))
}

import { REDACTED } from '@span-artifacts/core'
import type { BodyRedactor } from './body-redaction.js'
import { decodeExtendedValue, readParameters } from './content-disposition.js'
import { parseContentType } from './content-types.js'
import { actualType, isStructured, redactTextOf } from './text-redaction.js'

/** A body of more parts is not taken apart: it would take too long. */
const MAX_PARTS = 10_000
const REDACTED_PART = Buffer.from(REDACTED)
/** Parts of other multipart bodies have no names. */
const FORM_DATA = 'multipart/form-data'
const HEADER_END = Buffer.from('\r\n\r\n')
/** The header of one part may be this long, in bytes: to take megabytes of it apart blocks for half a second. */
const MAX_HEADER_BYTES = 16 * 1024
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
/** Parts that have parts or headers of their own. They are not taken apart. */
const COMPOSED_TYPE = /^(?:multipart\/|message\/|application\/http$)/

/** What became of a multipart body: itself, a copy without its secrets, or nothing that could be understood. */
export type MultipartRedaction =
  | { readonly kind: 'clean' }
  | { readonly kind: 'redacted'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed' }

/**
 * Replaces the content of those parts of a raw `multipart/form-data` body (RFC 7578) whose names are sensitive, or cannot be
 * told, and what stands outside of the parts if it may hold something sensitive; all other bytes stay as they are.
 */
export function redactMultipart(
  bytes: Uint8Array,
  contentType: string,
  { redactor, truncated }: { redactor: BodyRedactor; truncated: boolean },
): MultipartRedaction {
  const { boundary, mediaType } = parseContentType(contentType)
  if (boundary === undefined || boundary === '') return { kind: 'failed' }
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const pieces: Uint8Array[] = []
  let kept = 0
  let parts = 0
  for (const section of sections(body, boundary)) {
    if (section === UNREADABLE) return { kind: 'failed' }
    const { header, start, end } = section
    const content = body.subarray(start, end)
    if (header !== undefined) parts += 1
    if (parts > MAX_PARTS) return { kind: 'failed' }
    const replacement =
      header === undefined
        ? redactUnread(content, redactor)
        : redactPart(content, { header, redactor, isForm: mediaType === FORM_DATA, truncated })
    if (replacement === undefined) continue
    pieces.push(body.subarray(kept, start), replacement)
    kept = end
  }
  if (parts === 0 && body.length > 0 && !hasNoParts(body, boundary)) return { kind: 'failed' }
  if (pieces.length === 0) return { kind: 'clean' }
  return { kind: 'redacted', bytes: Buffer.concat([...pieces, body.subarray(kept)]) }
}

/** The content of a part, or, without a header, what stands outside of the parts. */
interface Section {
  readonly header: string | undefined
  readonly start: number
  readonly end: number
}

/** A section that parsers take for different things, or that takes too long. */
const UNREADABLE = 'unreadable'

function* sections(body: Buffer, boundary: string): Generator<Section | typeof UNREADABLE> {
  const delimiter = `--${boundary}`
  let delimiterStart = body.indexOf(delimiter, 0, 'latin1')
  // The line break before a delimiter belongs to it.
  if (delimiterStart > 2) yield { header: undefined, start: 0, end: delimiterStart - 2 }
  while (delimiterStart !== -1) {
    const headerStart = delimiterStart + delimiter.length
    const isLast = body.toString('latin1', headerStart, headerStart + 2) === '--'
    const headerEnd = isLast ? -1 : findHeaderEnd(body, headerStart)
    if (headerEnd === -1) {
      if (!isLast && body.length - headerStart > MAX_HEADER_BYTES) yield UNREADABLE
      // What follows the last delimiter is nobody's (RFC 2046, section 5.1.1).
      else yield { header: undefined, start: isLast ? headerStart + 2 : headerStart, end: body.length }
      return
    }
    const header = body.toString('utf8', headerStart, headerEnd)
    const start = headerEnd + HEADER_END.length
    // For an empty part the line break before the delimiter is the header's own.
    const next = body.indexOf(`\n${delimiter}`, start - 1, 'latin1')
    // Some parsers are content with a line feed, and find other parts than these.
    if (hasEmptyLine(header) || (next !== -1 && body[next - 1] !== CARRIAGE_RETURN)) {
      yield UNREADABLE
      return
    }
    yield { header, start, end: next === -1 ? body.length : Math.max(next - 1, start) }
    delimiterStart = next === -1 ? -1 : next + 1
  }
}

/** @returns -1 where there is none within the bounds */
function findHeaderEnd(body: Buffer, headerStart: number): number {
  return body.subarray(0, headerStart + MAX_HEADER_BYTES + HEADER_END.length).indexOf(HEADER_END, headerStart)
}

/** A form without fields is its last delimiter alone. */
function hasNoParts(body: Buffer, boundary: string): boolean {
  const lastDelimiter = `--${boundary}--`
  return body.toString('latin1', 0, lastDelimiter.length) === lastDelimiter
}

function hasEmptyLine(header: string): boolean {
  return /\n\r?\n/.test(header)
}

/** What nobody reads, or what is not read here, goes if it may hold a secret. */
function redactUnread(bytes: Uint8Array, redactor: BodyRedactor): Uint8Array | undefined {
  const isBlank = bytes.every((byte) => byte <= SPACE)
  return !isBlank && redactor.mayNeedRedaction([bytes], 'application/json', false) ? REDACTED_PART : undefined
}

/** What is known of a part beside its content. */
interface PartDetails {
  readonly header: string
  readonly redactor: BodyRedactor
  /** Whether each part has a name. */
  readonly isForm: boolean
  readonly truncated: boolean
}

/** A field may be a JSON string of JSON. */
const JSON_STRING_START = /^\s*"/
const JSON_HEAD_BYTES = 64

/** What the content of a part has to be replaced by; `undefined` where it may stay. */
function redactPart(content: Buffer, { header, redactor, isForm, truncated }: PartDetails): Uint8Array | undefined {
  const lines = unfold(header)
  const parameters = readParameters(headerField(lines, 'content-disposition') ?? '')
  const name = decodeExtendedValue(parameters.get('name*') ?? '') ?? parameters.get('name')
  if (name === undefined ? isForm : isSecret(name, parameters.get('name'), redactor)) return REDACTED_PART
  if (parameters.has('filename') || parameters.has('filename*')) return undefined
  const isJsonString = JSON_STRING_START.test(content.toString('latin1', 0, JSON_HEAD_BYTES))
  const contentType = headerField(lines, 'content-type')?.trim() ?? (isJsonString ? 'application/json' : 'text/plain')
  const { format, mediaType } = parseContentType(contentType)
  if (COMPOSED_TYPE.test(mediaType)) return redactUnread(content, redactor)
  if (!isStructured(format) && actualType(contentType, [content]) === contentType && !redactor.readsPlainText) {
    return undefined
  }
  const result = redactTextOf(content, { contentType, redactor, truncated })
  if (result.kind === 'failed') return REDACTED_PART
  return result.kind === 'redacted' ? Buffer.from(result.text) : undefined
}

/** Parsers differ in which of two names they believe. */
function isSecret(name: string, other: string | undefined, redactor: BodyRedactor): boolean {
  return redactor.isSensitiveName(name) || (other !== undefined && redactor.isSensitiveName(other))
}

/** The header of a part may be folded (RFC 822), as some parsers still take it. */
function unfold(header: string): readonly string[] {
  return header.replaceAll(/\r?\n[\t ]+/g, ' ').split(/\r?\n/)
}

function headerField(lines: readonly string[], name: string): string | undefined {
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (line.slice(0, Math.max(colon, 0)).trim().toLowerCase() === name) return line.slice(colon + 1)
  }
  return undefined
}

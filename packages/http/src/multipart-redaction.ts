import { REDACTED } from '@span-artifacts/core'
import type { BodyRedactor } from './body-redaction.js'
import { decodeExtendedValue, readParameters } from './content-disposition.js'
import { looksLikeJson, parseContentType } from './content-types.js'

/** A body of more parts is not taken apart: it would take too long. */
const MAX_PARTS = 10_000
const REDACTED_PART = Buffer.from(REDACTED)
/** Parts of other multipart bodies have no names. */
const FORM_DATA = 'multipart/form-data'
const HEADER_END = Buffer.from('\r\n\r\n')

/** What became of a multipart body: itself, a copy without its secrets, or nothing that could be understood. */
export type MultipartRedaction =
  | { readonly kind: 'clean' }
  | { readonly kind: 'redacted'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed' }

/**
 * Replaces the content of those parts of a raw `multipart/form-data` body (RFC 7578) whose names are sensitive, or cannot be
 * told; all other bytes stay as they are.
 */
export function redactMultipart(bytes: Uint8Array, contentType: string, redactor: BodyRedactor): MultipartRedaction {
  const { boundary, mediaType } = parseContentType(contentType)
  if (boundary === undefined || boundary === '') return { kind: 'failed' }
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const pieces: Uint8Array[] = []
  let kept = 0
  let parts = 0
  for (const part of formParts(body, boundary)) {
    parts += 1
    if (parts > MAX_PARTS) return { kind: 'failed' }
    const replacement = redactPart(part, redactor, mediaType === FORM_DATA)
    if (replacement === undefined) continue
    pieces.push(body.subarray(kept, part.contentStart), replacement)
    kept = part.contentEnd
  }
  if (parts === 0 && body.length > 0) return { kind: 'failed' }
  if (pieces.length === 0) return { kind: 'clean' }
  return { kind: 'redacted', bytes: Buffer.concat([...pieces, body.subarray(kept)]) }
}

interface FormPart {
  readonly header: string
  readonly content: Buffer
  readonly contentStart: number
  readonly contentEnd: number
}

function* formParts(body: Buffer, boundary: string): Generator<FormPart> {
  const delimiter = `--${boundary}`
  let start = body.indexOf(delimiter, 0, 'latin1')
  while (start !== -1) {
    const headerStart = start + delimiter.length
    // What follows the last delimiter is nobody's (RFC 2046, section 5.1.1).
    if (body.toString('latin1', headerStart, headerStart + 2) === '--') return
    const headerEnd = body.indexOf(HEADER_END, headerStart)
    if (headerEnd === -1) return
    const contentStart = headerEnd + HEADER_END.length
    // The line break before a delimiter belongs to the delimiter; for an empty part it is the header's own.
    const next = body.indexOf(`\r\n${delimiter}`, contentStart - 2, 'latin1')
    const contentEnd = next === -1 ? body.length : Math.max(next, contentStart)
    const header = body.toString('utf8', headerStart, headerEnd)
    yield { header, content: body.subarray(contentStart, contentEnd), contentStart, contentEnd }
    start = next === -1 ? -1 : next + 2
  }
}

/** What the content of a part has to be replaced by; `undefined` where it may stay. */
function redactPart({ header, content }: FormPart, redactor: BodyRedactor, isForm: boolean): Uint8Array | undefined {
  const parameters = readParameters(headerField(header, 'content-disposition') ?? '')
  const name = decodeExtendedValue(parameters.get('name*') ?? '') ?? parameters.get('name')
  if (name === undefined ? isForm : isSecret(name, parameters.get('name'), redactor)) return REDACTED_PART
  if (parameters.has('filename') || parameters.has('filename*')) return undefined
  const isJson = looksLikeJson(content)
  if (!isJson && !redactor.readsPlainText) return undefined
  const text = content.toString('utf8')
  const redacted = redactor.redactText(text, isJson ? 'application/json' : 'text/plain')
  if (redacted === undefined) return REDACTED_PART
  return redacted === text ? undefined : Buffer.from(redacted)
}

/** Parsers differ in which of two names they believe. */
function isSecret(name: string, other: string | undefined, redactor: BodyRedactor): boolean {
  return redactor.isSensitiveName(name) || (other !== undefined && redactor.isSensitiveName(other))
}

/** A header of a part. It may be folded over several lines (RFC 822), as some parsers still take it. */
function headerField(header: string, name: string): string | undefined {
  for (const line of header.replaceAll(/\r?\n[\t ]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (line.slice(0, Math.max(colon, 0)).trim().toLowerCase() === name) return line.slice(colon + 1)
  }
  return undefined
}

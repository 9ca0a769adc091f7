import { REDACTED } from '@span-artifacts/core'
import type { BodyRedactor } from './body-redaction.js'
import { looksLikeJson, parseContentType } from './content-types.js'

const REDACTED_PART = Buffer.from(REDACTED)
const HEADER_END = Buffer.from('\r\n\r\n')

/** What became of a multipart body: itself, a copy without its secrets, or nothing that could be understood. */
export type MultipartRedaction =
  | { readonly kind: 'clean' }
  | { readonly kind: 'redacted'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed' }

/**
 * Replaces the content of those parts of a raw `multipart/form-data` body (RFC 7578) whose names are sensitive; all
 * other bytes stay as they are.
 */
export function redactMultipart(bytes: Uint8Array, contentType: string, redactor: BodyRedactor): MultipartRedaction {
  const { boundary } = parseContentType(contentType)
  if (boundary === undefined || boundary === '') return { kind: 'failed' }
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const pieces: Uint8Array[] = []
  let kept = 0
  let parts = 0
  for (const part of formParts(body, boundary)) {
    parts += 1
    const replacement = redactPart(part, redactor)
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
function redactPart({ header, content }: FormPart, redactor: BodyRedactor): Uint8Array | undefined {
  const name = partName(header)
  if (name !== undefined && redactor.isSensitiveName(name)) return REDACTED_PART
  if (/[;\s]filename\*?=/i.test(header) || !looksLikeJson(content)) return undefined
  const text = content.toString('utf8')
  const redacted = redactor.redactText(text, 'application/json')
  if (redacted === undefined) return REDACTED_PART
  return redacted === text ? undefined : Buffer.from(redacted)
}

function partName(header: string): string | undefined {
  const match = /content-disposition:[^\r\n]*?[;\s]name=(?:"((?:[^"\\\r\n]|\\.)*)"|([^;\s]+))/i.exec(header)
  return match?.[1] ?? match?.[2]
}

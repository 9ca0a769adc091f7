import type { BodyDetails } from './body-recorder.js'
import { decodeContent } from './content-encoding.js'
import { isUtf8, looksLikeJson, parseContentType, UNKNOWN_CONTENT_TYPE, type BodyFormat } from './content-types.js'
import { redactMultipart } from './multipart-redaction.js'
import { decodeText } from './text-preview.js'

/** Finds the secrets in captured bodies. */
export interface BodyRedactor {
  /** Whether `text/*` bodies that do not look like JSON are shown to the redactor too. */
  readonly readsPlainText: boolean
  /** Whether `redactText` could find anything; a `false` is certain. @param chunks the body in UTF-8 */
  mayNeedRedaction(chunks: readonly Uint8Array[], contentType: string): boolean
  /** Never throws. @returns the text without its secrets, the same text where there are none, `undefined` where it cannot tell */
  redactText(text: string, contentType: string): string | undefined
  /** Whether a form's part of this name is secret as a whole. */
  isSensitiveName(name: string): boolean
}

/** What is to be done with a body. */
export type BodyRedaction =
  | { readonly kind: 'clean' }
  | { readonly kind: 'redacted'; readonly bytes: Uint8Array; readonly contentType: string }
  | { readonly kind: 'failed' }

const CLEAN: BodyRedaction = { kind: 'clean' }
const FAILED: BodyRedaction = { kind: 'failed' }

/** Whether a body has to be kept and looked into before it may be stored. */
export function needsInspection(details: InspectionDetails, redactor: BodyRedactor): boolean {
  const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, firstBytes } = details
  const { format, mediaType } = parseContentType(contentType)
  // Types that nobody here knows may well be JSON by another name.
  if (format === 'binary') return mediaType.startsWith('application/') && looksLikeJson(firstBytes)
  if (format !== 'text') return true
  return redactor.readsPlainText || contentEncoding !== undefined || looksLikeJson(firstBytes)
}

/** What is known of a body when its first bytes pass. */
export interface InspectionDetails {
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly firstBytes: Uint8Array
}

/**
 * Whether a body is as clean as its bytes alone can tell, without a copy of it; most are. Where not, {@link redactBody} has
 * the last word.
 *
 * @param chunks the body as it was sent, in order
 */
export function isCertainlyClean(chunks: readonly Uint8Array[], details: BodyDetails, redactor: BodyRedactor): boolean {
  const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding } = details
  const { format, charset } = parseContentType(contentType)
  if (contentEncoding !== undefined || format === 'multipart' || !isUtf8(charset)) return false
  return !redactor.mayNeedRedaction(chunks, actualType(contentType, chunks))
}

/**
 * Removes the secrets of a whole body.
 *
 * @returns `clean` where the bytes may be stored as they were sent; `failed` where nobody could look into them
 */
export function redactBody(
  body: Uint8Array,
  { details, redactor, maxBytes }: { details: BodyDetails; redactor: BodyRedactor; maxBytes: number },
): BodyRedaction {
  const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding } = details
  const bytes = contentEncoding === undefined ? body : decodeContent(body, contentEncoding, { maxBytes })
  if (bytes === undefined) return FAILED
  const { format } = parseContentType(contentType)
  if (format === 'multipart') {
    const result = redactMultipart(bytes, contentType, redactor)
    return result.kind === 'redacted' ? { ...result, contentType } : result
  }
  const text = decodeText(bytes, contentType)
  if (text === undefined || (isStructured(format) && text.includes('\0'))) return FAILED
  const redacted = redactor.redactText(text, actualType(contentType, [bytes]))
  if (redacted === undefined) return FAILED
  if (redacted === text) return CLEAN
  return { kind: 'redacted', bytes: Buffer.from(redacted, 'utf8'), contentType: asUtf8(contentType) }
}

/** No text of these has such a character: it is in another charset than it says, in which nobody could find a key. */
function isStructured(format: BodyFormat): boolean {
  return format === 'json' || format === 'json-lines' || format === 'form'
}

/** Browsers call JSON plain text: the redactor has to know better. */
function actualType(contentType: string, chunks: readonly Uint8Array[]): string {
  return !isStructured(parseContentType(contentType).format) && looksLikeJson(...chunks)
    ? 'application/json'
    : contentType
}

function asUtf8(contentType: string): string {
  if (parseContentType(contentType).charset === undefined) return contentType
  return contentType.replace(/;\s*charset\s*=\s*(?:"[^"]*"|[^;\s]+)/i, '; charset=utf-8')
}

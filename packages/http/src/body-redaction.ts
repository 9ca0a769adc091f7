import type { BodyDetails } from './body-recorder.js'
import { decodeContent } from './content-encoding.js'
import { isUtf8, looksLikeJson, parseContentType, UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { isScriptType, looksLikeJsonp } from './jsonp.js'
import { redactMultipart } from './multipart-redaction.js'
import { actualType, redactTextOf } from './text-redaction.js'

/** Finds the secrets in captured bodies. */
export interface BodyRedactor {
  /** Whether `text/*` bodies that do not look like JSON are shown to the redactor too. */
  readonly readsPlainText: boolean
  /**
   * Whether `redactText` could find anything; a `false` is certain.
   *
   * @param chunks the body in UTF-8
   * @param truncated whether bytes are known to be missing at its end
   */
  mayNeedRedaction(chunks: readonly Uint8Array[], contentType: string, truncated: boolean): boolean
  /**
   * Never throws.
   *
   * @param truncated whether the end of the text is known to be missing
   * @returns the text without its secrets, the same text where there are none, `undefined` where it cannot tell
   */
  redactText(text: string, contentType: string, truncated: boolean): string | undefined
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

/**
 * How much of an encoded body is decoded to see whether it begins as JSON does: as little as tells. A block of zstd is up to
 * 128 KiB long, and shows nothing before its end (RFC 8878, section 3.1.1.2); what needs less may unfold too far.
 */
const HEADS_BYTES: readonly number[] = [1024, 16 * 1024, 256 * 1024]
/** How far such a beginning may unfold. */
const MAX_HEAD_DECODED_BYTES: number = 4 * 1024 * 1024

/** Whether a body has to be kept and looked into before it may be stored. */
export function needsInspection(details: InspectionDetails, redactor: BodyRedactor): boolean {
  const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, firstBytes } = details
  const { format, mediaType } = parseContentType(contentType)
  // Types that nobody here knows may well be JSON by another name.
  if (format === 'binary') return mediaType.startsWith('application/') && mayUnfoldToJson(firstBytes, contentEncoding)
  if (format !== 'text' || redactor.readsPlainText || contentEncoding !== undefined) return true
  return looksLikeJson(firstBytes) || (isScriptType(mediaType) && looksLikeJsonp(firstBytes))
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
  const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, truncated } = details
  const { format, charset, mediaType } = parseContentType(contentType)
  if (contentEncoding !== undefined || format === 'multipart' || !isUtf8(charset)) return false
  const mayBeJsonp = format === 'text' && isScriptType(mediaType)
  const type = mayBeJsonp ? 'application/json' : actualType(contentType, chunks)
  return !redactor.mayNeedRedaction(chunks, type, truncated)
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
  const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, truncated } = details
  const { format } = parseContentType(contentType)
  // What is no JSON is not decoded: it may be large, or damaged.
  if (format === 'binary' && !mayUnfoldToJson(body, contentEncoding)) return CLEAN
  const bytes = contentEncoding === undefined ? body : decodeContent(body, contentEncoding, { maxBytes })
  if (bytes === undefined) return FAILED
  if (format === 'binary' && !looksLikeJson(bytes)) return CLEAN
  if (format === 'multipart') {
    const result = redactMultipart(bytes, contentType, { redactor, truncated })
    return result.kind === 'redacted' ? { ...result, contentType } : result
  }
  const result = redactTextOf(bytes, { contentType, redactor, truncated })
  if (result.kind !== 'redacted') return result
  return { kind: 'redacted', bytes: Buffer.from(result.text, 'utf8'), contentType: asUtf8(contentType) }
}

/**
 * The registered codings, of which each hides what it encodes (https://www.iana.org/assignments/http-parameters). What else
 * servers write there, such as `utf-8`, `binary` or `aws-chunked`, does not.
 */
const HIDING_CODING = /(?:^|, )(?:(?:x-)?gzip|(?:x-)?compress|deflate|br|zstd|dcb|dcz|exi|pack200-gzip)(?:,|$)/

/** Whether a body may turn out to be JSON once its content-encoding is undone, as far as its beginning can tell. */
function mayUnfoldToJson(bytes: Uint8Array, contentEncoding: string | undefined): boolean {
  if (contentEncoding === undefined || !HIDING_CODING.test(contentEncoding)) return looksLikeJson(bytes)
  const limits = { maxBytes: MAX_HEAD_DECODED_BYTES, partial: true }
  for (const headBytes of HEADS_BYTES) {
    const head = decodeContent(bytes.subarray(0, headBytes), contentEncoding, limits)
    if (head !== undefined && !looksLikeJson(head)) return false
    if (bytes.length <= headBytes) break
  }
  return true
}

function asUtf8(contentType: string): string {
  if (parseContentType(contentType).charset === undefined) return contentType
  return contentType.replace(/;\s*charset\s*=\s*(?:"[^"]*"|[^;\s]+)/i, '; charset=utf-8')
}

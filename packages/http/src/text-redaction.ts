import type { BodyRedactor } from './body-redaction.js'
import { isUtf8, looksLikeJson, parseContentType, type BodyFormat } from './content-types.js'
import { isScriptType, splitJsonp } from './jsonp.js'
import { decodeText } from './text-preview.js'

/** What became of a text: itself, a copy without its secrets, or nothing that could be understood. */
export type TextRedaction =
  | { readonly kind: 'clean' }
  | { readonly kind: 'redacted'; readonly text: string }
  | { readonly kind: 'failed' }

const CLEAN: TextRedaction = { kind: 'clean' }
const FAILED: TextRedaction = { kind: 'failed' }

const NOT_BLANK = /[!-\uFFFF]/
/** JSON whose first bracket has a zero behind it, as in UTF-16 and UTF-32. */
const WIDE_START = /^[^[{]*[[{]\0/
/** Control characters that no JSON has in it (RFC 8259 section 7), but nearly every binary; the record separator is of RFC 7464. */
// eslint-disable-next-line no-control-regex
const NEVER_IN_JSON = /[\u0001-\u0008\u000B\u000C\u000E-\u001D\u001F]/
/** White space and marks in front of the first character of what is made of ASCII characters, or nothing at all. */
const ASCII_START = /^[^!-\uFEFE\uFF00-\uFFFF]*(?:[!-~]|$)/

/** Whether a body of this format is looked into as it is; of any other, only what looks like JSON is. */
export function isStructured(format: BodyFormat): boolean {
  return format === 'json' || format === 'json-lines' || format === 'form'
}

/** Browsers call JSON plain text: the redactor has to know better. */
export function actualType(contentType: string, chunks: readonly Uint8Array[]): string {
  return !isStructured(parseContentType(contentType).format) && looksLikeJson(...chunks)
    ? 'application/json'
    : contentType
}

/**
 * Removes the secrets of a whole text, decoded from its bytes.
 *
 * @param truncated whether bytes are known to be missing at its end
 */
export function redactTextOf(
  bytes: Uint8Array,
  { contentType, redactor, truncated }: { contentType: string; redactor: BodyRedactor; truncated: boolean },
): TextRedaction {
  const type = actualType(contentType, [bytes])
  const text = decodeText(bytes, contentType)
  // Where nothing has told that it is no JSON, as in zeros.
  if (type !== contentType && text !== undefined && !NOT_BLANK.test(text)) return CLEAN
  if (text === undefined || !isPlausible(text, contentType, type)) return FAILED
  // One in a hundred binaries begins with a bracket.
  if (parseContentType(contentType).format === 'binary' && NEVER_IN_JSON.test(text)) return CLEAN
  if (type === contentType && isScriptType(parseContentType(contentType).mediaType) && !redactor.readsPlainText) {
    return redactScript(text, redactor, truncated)
  }
  return outcome(text, redactor.redactText(text, type, truncated))
}

/**
 * Whether a text can be in the charset that it was decoded by: nobody could find a key in any other. No JSON, form or event has
 * a zero in it, and in UTF-16 of the wrong byte order, or which is none, ASCII characters look like other ones.
 */
function isPlausible(text: string, contentType: string, type: string): boolean {
  const { format } = parseContentType(type)
  if (!isStructured(format) && format !== 'events') return true
  const called = parseContentType(contentType)
  // What is called binary may be just that, and begin with a bracket.
  const isWide = called.format === 'binary' ? WIDE_START.test(text) : text.includes('\0')
  return !isWide && (isUtf8(called.charset) || ASCII_START.test(text))
}

/** Of a script, only the JSON of JSONP is looked into. */
function redactScript(script: string, redactor: BodyRedactor, truncated: boolean): TextRedaction {
  const call = splitJsonp(script)
  if (call === undefined) return CLEAN
  // Some give their function a status too, so there may be several values. A program may begin as JSONP does; what is left of
  // JSONP that was cut off cannot be told from one.
  if (!isJson(`[${call.json}]`)) return truncated ? FAILED : CLEAN
  const redacted = redactor.redactText(call.json, 'application/json', false)
  return outcome(script, redacted === undefined ? undefined : call.before + redacted + call.after)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function outcome(text: string, redacted: string | undefined): TextRedaction {
  if (redacted === undefined) return FAILED
  return redacted === text ? CLEAN : { kind: 'redacted', text: redacted }
}

import { typeOfFilename } from './filename-types.js'
import { sniffContentType } from './magic-bytes.js'
import { MAX_CONTENT_TYPE_LENGTH } from './reference.js'

/** What unknown bytes are called: RFC 2046 section 4.5.1. */
const OCTET_STREAM = 'application/octet-stream'

/** How many leading bytes decide about the type and the charset. The tar signature ends at byte 262. */
export const CONTENT_TYPE_HEAD_BYTES = 4096

/**
 * `type/subtype` of RFC 9110 tokens, then parameters of visible ASCII and spaces: safe in a header, and what readers of a
 * reference accept. `\s` would take line breaks too, and white space that no header can hold.
 */
const contentTypePattern = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?: *;[\x20-\x7e]*)?$/

/**
 * Names the media type of some content: from the filename, else as the caller says, else from its first bytes, else
 * `application/octet-stream`. Text gets a charset when its first bytes tell it.
 *
 * @param head the first {@link CONTENT_TYPE_HEAD_BYTES} bytes of the content, or all of it when it is shorter
 * @param options.filename its name, if any
 * @param options.fallback what it is if the name does not tell
 */
export function detectContentType(
  head: Uint8Array,
  options: { filename?: string | undefined; fallback?: string | undefined } = {},
): string {
  const { filename, fallback } = options
  const named = filename === undefined ? undefined : typeOfFilename(filename)
  return withCharset(named ?? fallback ?? sniffContentType(head) ?? plainTextOrBytes(head), head)
}

/** Adds the charset to a text type that has none, if the first bytes tell it: RFC 6657. */
export function withCharset(contentType: string, head: Uint8Array): string {
  if (!/^text\//i.test(contentType) || /;\s*charset=/i.test(contentType)) return contentType
  const charset = detectCharset(head)
  return charset === undefined ? contentType : `${contentType}; charset=${charset}`
}

/** Types that were found to be some: most artifacts of an application have the same few. */
const knownContentTypes = new Set([OCTET_STREAM])
const MAX_KNOWN_CONTENT_TYPES = 64

/** Whether `value` can stand in a `Content-Type` header: RFC 9110 section 8.3.1. */
export function isContentType(value: string): boolean {
  if (knownContentTypes.has(value)) return true
  if (value.length > MAX_CONTENT_TYPE_LENGTH || !contentTypePattern.test(value)) return false
  if (knownContentTypes.size < MAX_KNOWN_CONTENT_TYPES) knownContentTypes.add(value)
  return true
}

function detectCharset(head: Uint8Array): string | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  return isUtf8(head) ? 'utf-8' : undefined
}

/** Plain text has no control characters but a few: the "binary data bytes" of WHATWG MIME Sniffing section 3. */
function plainTextOrBytes(head: Uint8Array): string {
  const isText = head.length > 0 && isUtf8(head) && !head.some((byte) => byte < 0x20 && !textControls.has(byte))
  return isText ? 'text/plain' : OCTET_STREAM
}

/** Tab, line feed, form feed, carriage return and escape. */
const textControls: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b])

function isUtf8(head: Uint8Array): boolean {
  try {
    // `stream` forgives a character that the end of the head cuts in two.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: head.length >= CONTENT_TYPE_HEAD_BYTES })
    return true
  } catch {
    return false
  }
}

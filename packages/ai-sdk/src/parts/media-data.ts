import { isRecord, textOf } from '../record.js'
import { readSpelledBytes } from './spelled-bytes.js'

/** The content of a file in any form in which the AI SDK holds it, sorted by what can be done with it. */
export type MediaData =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array | ArrayBuffer }
  | { readonly kind: 'base64'; readonly base64: string; readonly mediaType?: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reference'; readonly fileId: string }

const DATA_URL_SCHEME = 'data:'
const BASE64_MARK = ';base64'
const absoluteUrlPattern = /^[a-z][a-z0-9+.-]*:/i
/** Every character of standard and URL-safe base64; tested on the beginning of a text only. */
const base64HeadPattern = /^[A-Za-z0-9+/_\r\n-]+={0,2}\s*$/
const BASE64_HEAD_CHARACTERS = 256

/**
 * Reads the `data`, `image`, `url` or `audio` of a part: bytes, base64, a URL or a `data:` URL as specifications V2 and
 * V3 have them, and the tagged `{ type: 'data' | 'url' | 'reference' | 'text' }` of V4.
 *
 * @returns undefined for anything else
 */
export function readMediaData(data: unknown): MediaData | undefined {
  if (data instanceof Uint8Array || data instanceof ArrayBuffer) return { kind: 'bytes', bytes: data }
  if (data instanceof URL) return readText(data.href)
  if (typeof data === 'string') return readText(data)
  if (!isRecord(data)) return undefined
  const spelled = readSpelledBytes(data)
  if (spelled !== undefined) return { kind: 'bytes', bytes: spelled }
  switch (data['type']) {
    case 'data':
      return readMediaData(data['data'])
    case 'url':
      return readMediaData(data['url'])
    case 'text': {
      const text = textOf(data['text'])
      return text === undefined ? undefined : { kind: 'text', text }
    }
    case 'reference':
      return readReference(data['reference'])
    default:
      return undefined
  }
}

/** A file that the provider already has: its identifier, or one identifier for each provider. */
export function readReference(reference: unknown): MediaData {
  const ids: readonly unknown[] = isRecord(reference) ? Object.values(reference) : [reference]
  return { kind: 'reference', fileId: textOf(ids[0]) ?? '' }
}

/** Reads a `data:` URL: RFC 2397. @returns undefined when the text is none */
export function readDataUrl(text: string): MediaData | undefined {
  if (text.slice(0, DATA_URL_SCHEME.length).toLowerCase() !== DATA_URL_SCHEME) return undefined
  // Never a regular expression over the whole of a text that may have megabytes; parameters may be long as well.
  const comma = text.indexOf(',')
  if (comma === -1) return undefined
  const head = text.slice(DATA_URL_SCHEME.length, comma)
  const content = text.slice(comma + 1)
  if (head.slice(-BASE64_MARK.length).toLowerCase() === BASE64_MARK) {
    const type = head.slice(0, head.indexOf(';'))
    // Other texts begin with `data:` too, such as event streams, and mention a URL later.
    if (/\s/.test(type.trim())) return undefined
    return { kind: 'base64', base64: content, mediaType: type === '' ? 'text/plain' : type }
  }
  try {
    return { kind: 'text', text: decodeURIComponent(content) }
  } catch {
    return { kind: 'text', text: content }
  }
}

/** Whether a text begins like base64. Short words do too: ask only where base64 is expected. */
export function looksLikeBase64(text: string): boolean {
  return base64HeadPattern.test(text.slice(0, BASE64_HEAD_CHARACTERS))
}

function readText(text: string): MediaData {
  const dataUrl = readDataUrl(text)
  if (dataUrl !== undefined) return dataUrl
  return absoluteUrlPattern.test(text.slice(0, BASE64_HEAD_CHARACTERS))
    ? { kind: 'url', url: text }
    : { kind: 'base64', base64: text }
}

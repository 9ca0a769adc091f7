import { isRecord, textOf, type UnknownRecord } from '../record.js'
import { looksLikeBase64, type MediaData, readDataUrl, readMediaData, readReference } from './media-data.js'
import { readSpelledBytes } from './spelled-bytes.js'

/** A file as a message holds it. */
export interface Media {
  readonly data: MediaData
  /** Its media type as declared; may be as vague as `image`. */
  readonly mediaType?: string | undefined
  readonly filename?: string | undefined
  /** Whether the model made it while it thought, and not as its answer. */
  readonly reasoning?: boolean | undefined
}

/**
 * Reads a part of a prompt, an answer or a tool result that is a file, in every shape that the versions of the AI SDK
 * give it:
 *
 * | type | where | content in |
 * |---|---|---|
 * | `file`, `reasoning-file` | prompts and answers | `data`, or `file` in step results |
 * | `image` | prompts of an application | `image` |
 * | `media` | tool results, V2 | `data` |
 * | `file-data`, `image-data` | tool results, V3 | `data` |
 * | `file-url`, `image-url` | tool results, V3 | `url` |
 * | `file-id`, `image-file-id` | tool results, V3 | `fileId` |
 *
 * @returns undefined when it is none of these
 */
export function readMediaPart(part: UnknownRecord): Media | undefined {
  const type = textOf(part['type'])
  switch (type) {
    case 'file':
    case 'reasoning-file': {
      const reasoning = type === 'reasoning-file' ? true : undefined
      const generated = readGeneratedFile(part['file'])
      if (generated !== undefined) return { ...generated, reasoning }
      return describe(part, { data: readMediaData(part['data']), reasoning })
    }
    case 'image':
      return describe(part, { data: readMediaData(part['image'] ?? part['data']), kind: 'image' })
    case 'media':
    case 'file-data':
    case 'file-url':
      return describe(part, { data: readMediaData(part['data'] ?? part['url']) })
    case 'image-data':
    case 'image-url':
      return describe(part, { data: readMediaData(part['data'] ?? part['url']), kind: 'image' })
    case 'file-id':
      return describe(part, { data: readReference(part['fileId']) })
    case 'image-file-id':
      return describe(part, { data: readReference(part['fileId']), kind: 'image' })
    case undefined:
    default:
      return undefined
  }
}

/** Reads what the AI SDK hands to an application for a file that a model made: base64 and bytes behind getters. */
export function readGeneratedFile(file: unknown): Media | undefined {
  if (!isRecord(file) || !('base64' in file && 'uint8Array' in file)) return undefined
  const mediaType = textOf(file['mediaType'])
  // The bytes are kept by the file once they were asked for, so that the same file is always the same buffer.
  const bytes = file['uint8Array']
  return bytes instanceof Uint8Array ? { data: { kind: 'bytes', bytes }, mediaType } : undefined
}

/**
 * Finds media in data whose shape is not known, such as what a tool returned: bytes, `data:` URLs, files of the AI SDK,
 * content of the Model Context Protocol, and other objects that name a media type beside base64.
 *
 * @returns undefined for everything that holds no content, so that URLs and plain words stay what they are
 */
export function findMedia(value: unknown): Media | undefined {
  if (typeof value === 'string') {
    const data = readDataUrl(value)
    if (data?.kind === 'base64') return { data, mediaType: data.mediaType }
    return startsLikeMedia(value) ? { data: { kind: 'base64', base64: value } } : undefined
  }
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return { data: { kind: 'bytes', bytes: value } }
  if (ArrayBuffer.isView(value)) {
    return { data: { kind: 'bytes', bytes: new Uint8Array(value.buffer, value.byteOffset, value.byteLength) } }
  }
  if (!isRecord(value)) return undefined
  const spelled = readSpelledBytes(value)
  if (spelled !== undefined) return { data: { kind: 'bytes', bytes: spelled } }
  const media = readGeneratedFile(value) ?? readMediaPart(value) ?? readTypedContent(value)
  switch (media?.data.kind) {
    case 'bytes':
      return media
    case 'base64':
      // An application's own object may look like a file and hold words.
      return isContent(media.data.base64) ? media : undefined
    case 'url':
    case 'text':
    case 'reference':
    case undefined:
    default:
      return undefined
  }
}

/** Beginnings of PNG, JPEG, GIF, RIFF, PDF, ID3, Ogg and MP4 files in base64. */
const mediaHeadPattern = /^(?:iVBORw0KGgo|\/9j\/|R0lGOD|UklGR|JVBERi0|SUQz|T2dnUw|AAAA[\w+/]GZ0eX)/
/** No real image, sound or document is shorter, in characters; many a word that looks like base64 is. */
const MIN_MEDIA_CHARACTERS = 48

function startsLikeMedia(text: string): boolean {
  return mediaHeadPattern.test(text.slice(0, 16)) && isContent(text)
}

function isContent(text: string): boolean {
  return text.length >= MIN_MEDIA_CHARACTERS && looksLikeBase64(text)
}

const textTypePattern = /^(?:text\/|application\/(?:json|xml)\b)/i

/** `{ data, mimeType }` and `{ blob, mimeType }` of the Model Context Protocol, `{ content, mime_type }` of the GenAI conventions. */
function readTypedContent(value: UnknownRecord): Media | undefined {
  const mediaType = textOf(value['mediaType']) ?? textOf(value['mimeType']) ?? textOf(value['mime_type'])
  const isBlob = value['type'] === 'blob'
  if (mediaType === undefined && !isBlob) return undefined
  // Beside the type of a text, `data` is that text, unless it is a URL: long words joined by dashes look like base64.
  const text = textTypePattern.test(mediaType ?? '') ? textOf(value['data']) : undefined
  const isText = text !== undefined && readDataUrl(text) === undefined
  const content = (isText ? undefined : value['data']) ?? value['blob'] ?? value['base64']
  const data = readMediaData(isBlob ? value['content'] : content)
  return data === undefined ? undefined : { data, mediaType, filename: textOf(value['filename']) }
}

function describe(
  part: UnknownRecord,
  media: { data: MediaData | undefined; kind?: string; reasoning?: boolean | undefined },
): Media | undefined {
  if (media.data === undefined) return undefined
  const declared = textOf(part['mediaType']) ?? textOf(part['mimeType'])
  const embedded = media.data.kind === 'base64' ? media.data.mediaType : undefined
  return {
    data: media.data,
    mediaType: declared ?? embedded ?? media.kind,
    filename: textOf(part['filename']),
    reasoning: media.reasoning,
  }
}

/** A run of bytes at an offset; a space separates bytes, `..` is any byte. */
interface Signature {
  readonly contentType: string
  readonly offset: number
  readonly bytes: readonly (number | undefined)[]
}

/**
 * The signatures of formats that travel in HTTP bodies, uploads and model messages, from the WHATWG MIME Sniffing
 * Standard (sections 6.1 to 6.3) and the formats' own specifications. The first match wins: longer before shorter.
 */
const signatures: readonly Signature[] = [
  signature('image/png', '89 50 4e 47 0d 0a 1a 0a'),
  signature('image/jpeg', 'ff d8 ff'),
  signature('image/gif', text('GIF87a')),
  signature('image/gif', text('GIF89a')),
  signature('image/webp', `${text('RIFF')} .. .. .. .. ${text('WEBP')}`),
  signature('audio/wav', `${text('RIFF')} .. .. .. .. ${text('WAVE')}`),
  signature('video/x-msvideo', `${text('RIFF')} .. .. .. .. ${text('AVI ')}`),
  signature('image/avif', text('ftypavif'), 4),
  signature('image/avif', text('ftypavis'), 4),
  signature('image/heic', text('ftypheic'), 4),
  signature('image/heic', text('ftypheix'), 4),
  signature('image/heif', text('ftypmif1'), 4),
  signature('audio/mp4', text('ftypM4A '), 4),
  signature('video/quicktime', text('ftypqt  '), 4),
  signature('video/mp4', text('ftyp'), 4),
  signature('image/tiff', '49 49 2a 00'),
  signature('image/tiff', '4d 4d 00 2a'),
  signature('image/bmp', `${text('BM')} .. .. .. .. 00 00 00 00`),
  signature('image/x-icon', '00 00 01 00'),
  signature('audio/mpeg', text('ID3')),
  signature('audio/mpeg', 'ff fb'),
  signature('audio/mpeg', 'ff f3'),
  signature('audio/mpeg', 'ff f2'),
  signature('audio/aac', 'ff f1'),
  signature('audio/aac', 'ff f9'),
  signature('audio/flac', text('fLaC')),
  signature('audio/ogg', text('OggS')),
  signature('audio/midi', text('MThd')),
  signature('audio/aiff', `${text('FORM')} .. .. .. .. ${text('AIFF')}`),
  signature('video/webm', '1a 45 df a3'),
  signature('application/pdf', text('%PDF-')),
  signature('application/postscript', text('%!PS-Adobe-')),
  signature('application/gzip', '1f 8b 08'),
  signature('application/zstd', '28 b5 2f fd'),
  signature('application/x-bzip2', text('BZh')),
  signature('application/x-xz', 'fd 37 7a 58 5a 00'),
  signature('application/x-7z-compressed', '37 7a bc af 27 1c'),
  signature('application/vnd.rar', '52 61 72 21 1a 07'),
  signature('application/zip', '50 4b 03 04'),
  signature('application/zip', '50 4b 05 06'),
  signature('application/x-tar', text('ustar'), 257),
  signature('application/wasm', '00 61 73 6d 01 00 00 00'),
  signature('application/vnd.sqlite3', `${text('SQLite format 3')} 00`),
  signature('application/vnd.apache.parquet', text('PAR1')),
  signature('font/woff', text('wOFF')),
  signature('font/woff2', text('wOF2')),
  signature('font/ttf', '00 01 00 00 00'),
  signature('font/otf', text('OTTO')),
]

/** Text formats that begin with a tag, matched without case after white space: MIME Sniffing section 7.1. */
const markup: readonly (readonly [pattern: RegExp, contentType: string])[] = [
  [/^(?:<!doctype html|<html|<head|<body|<script)[\s>]/i, 'text/html'],
  [/^(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*)?(?:<!doctype svg[^>]*>\s*)?<svg[\s>]/i, 'image/svg+xml'],
  [/^<\?xml\s/i, 'text/xml'],
]

/** How many characters of text the markup patterns look at. */
const MARKUP_HEAD_LENGTH = 1024

/**
 * Recognises a format by its first bytes.
 *
 * @returns its media type, or undefined when no signature matches
 */
export function sniffContentType(head: Uint8Array): string | undefined {
  const found = signatures.find(({ offset, bytes }) =>
    bytes.every(
      (byte, index) => head[offset + index] !== undefined && (byte ?? head[offset + index]) === head[offset + index],
    ),
  )
  if (found !== undefined) return found.contentType
  if (!/^[\s\ufeff]*</.test(latinText(head, 64))) return undefined
  const start = latinText(head, MARKUP_HEAD_LENGTH).replace(/^(?:\u00ef\u00bb\u00bf)?\s+/, '')
  return markup.find(([pattern]) => pattern.test(start))?.[1]
}

function signature(contentType: string, hex: string, offset = 0): Signature {
  const bytes = hex.split(' ').map((byte) => (byte === '..' ? undefined : Number.parseInt(byte, 16)))
  return { contentType, offset, bytes }
}

function text(characters: string): string {
  return Array.from(characters, (character) => character.charCodeAt(0).toString(16)).join(' ')
}

function latinText(head: Uint8Array, length: number): string {
  return String.fromCharCode(...head.subarray(0, length))
}

import { contentDisposition } from '../http/content-disposition.js'
import { mediaTypeOf } from '../http/request-body.js'
import { hasSignature, type SignedMediaType, signedMediaType } from './magic-bytes.js'

const basePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

/** Headers that every answer with the bytes of an artifact carries, whatever they are. */
export const blobHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'private, no-transform',
}

/** How many of a blob's first bytes {@link servingHeaders} wants to see. */
export const inspectedBytes = 512

/** A stored blob, as far as its serving depends on it. */
export interface ServedBlob {
  /** What the client said at registration; believed only where the bytes agree. */
  contentType: string
  filename: string
  /** The first {@link inspectedBytes} of the blob, or all of a shorter one. */
  firstBytes: Uint8Array
}

/**
 * Decides how a browser gets to see a blob that a stranger uploaded: the `Content-Type` comes from a fixed list and only
 * if the first bytes bear it out; what could run in the server's origin is handed out as a download.
 */
export function servingHeaders(blob: ServedBlob): Record<string, string> {
  const { contentType, disposition, policy } = classify(mediaTypeOf(blob.contentType), blob.firstBytes)
  return {
    'content-type': contentType,
    'content-disposition': contentDisposition(disposition, blob.filename),
    'content-security-policy': `${basePolicy}; ${policy}`,
  }
}

interface Treatment {
  contentType: string
  disposition: 'inline' | 'attachment'
  /** Added to the base policy. */
  policy: string
}

const download: Treatment = {
  contentType: 'application/octet-stream',
  disposition: 'attachment',
  policy: 'sandbox',
}

function classify(mediaType: string, firstBytes: Uint8Array): Treatment {
  const signed = signedMediaType(mediaType)
  if (signed !== undefined) return hasSignature(signed, firstBytes) ? inlineTreatment(signed) : download
  if (mediaType === 'image/svg+xml' && startsLikeMarkup(firstBytes)) {
    return { contentType: 'image/svg+xml', disposition: 'attachment', policy: 'sandbox' }
  }
  if (isPlainText(mediaType) && !firstBytes.includes(0)) {
    return { contentType: 'text/plain; charset=utf-8', disposition: 'inline', policy: 'sandbox' }
  }
  return download
}

function inlineTreatment(type: SignedMediaType): Treatment {
  return { contentType: type.name, disposition: 'inline', policy: inlinePolicies[type.family] }
}

const inlinePolicies: Readonly<Record<SignedMediaType['family'], string>> = {
  image: "img-src 'self'; sandbox",
  // A bare `sandbox` would break direct playback in Chromium.
  audio: "media-src 'self'",
  video: "media-src 'self'",
  // `sandbox` would block the built-in viewer.
  pdf: "object-src 'self'",
}

const textTypes = new Set([
  'application/json',
  'application/jsonl',
  'application/ndjson',
  'application/x-ndjson',
  'application/yaml',
  'application/x-yaml',
  'application/toml',
  'application/x-www-form-urlencoded',
])
const executableText = /(?:html|xml|script)$/

/** JSON and text, but nothing that a browser could run: markup and scripts are downloads. */
function isPlainText(mediaType: string): boolean {
  if (textTypes.has(mediaType)) return true
  if (/^application\/[^/]+\+json$/.test(mediaType)) return true
  return mediaType.startsWith('text/') && !executableText.test(mediaType)
}

function startsLikeMarkup(firstBytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(firstBytes)
  return /^\s*</.test(start)
}

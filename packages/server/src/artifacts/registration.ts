import { invalidRequest } from '../http/api-error.js'
import type { ArtifactDescription } from '../storage/catalog/artifacts.js'

const sha256Pattern = /^[0-9a-f]{64}$/
const maxContentTypeBytes = 255
const maxFilenameBytes = 255
// oxlint-disable-next-line eslint/no-control-regex
const controlCharacters = /[\u0000-\u001F\u007F]/
// oxlint-disable-next-line eslint/no-control-regex
const lineBreaksAndNul = /[\r\n\u0000]/

/**
 * A digest as it stands in a path or in a body.
 *
 * @throws ApiError 400
 */
export function parseSha256(value: unknown): string {
  if (typeof value === 'string' && sha256Pattern.test(value)) return value
  throw invalidRequest('sha256: must be 64 lower-case hexadecimal digits')
}

/**
 * Reads the body of a registration. Members that it does not know are ignored.
 *
 * @throws ApiError 400 naming the field at fault
 */
export function parseRegistration(body: Readonly<Record<string, unknown>>): ArtifactDescription {
  return {
    sha256: parseSha256(body['sha256']),
    sizeBytes: parseSize(body['size_bytes']),
    contentType: parseContentType(body['content_type']),
    filename: parseFilename(body['filename']),
  }
}

function parseSize(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw invalidRequest('size_bytes: must be a whole number of bytes, from 0 to 9007199254740991')
}

function parseContentType(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') throw invalidRequest('content_type: must be a media type')
  if (controlCharacters.test(value)) throw invalidRequest('content_type: must not contain control characters')
  if (Buffer.byteLength(value) > maxContentTypeBytes) {
    throw invalidRequest(`content_type: must not be longer than ${maxContentTypeBytes} bytes`)
  }
  return value.trim()
}

function parseFilename(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string') throw invalidRequest('filename: must be a string or null')
  if (lineBreaksAndNul.test(value)) throw invalidRequest('filename: must not contain CR, LF or NUL')
  if (Buffer.byteLength(value) > maxFilenameBytes) {
    throw invalidRequest(`filename: must not be longer than ${maxFilenameBytes} bytes`)
  }
  return value.toWellFormed()
}

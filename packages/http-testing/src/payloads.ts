import { createHash } from 'node:crypto'

/** The SHA-256 of some bytes, as references write it. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * Bytes that look random and are the same in every run (xorshift32).
 *
 * @param seed another seed gives other bytes
 */
export function pseudoRandomBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let state = seed * 2_654_435_769 || 1
  for (let index = 0; index < length; index += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = state & 0xff
  }
  return bytes
}

/** One part of a `multipart/form-data` body. */
export interface FormPart {
  readonly name: string
  readonly content: Uint8Array | string
  /** Makes the part a file. */
  readonly filename?: string
  readonly contentType?: string
}

const BOUNDARY = '----span-artifacts-7MA4YWxkTrZu0gW'

/** A `multipart/form-data` body (RFC 7578) as a browser would send it, and its content type. */
export function multipart(parts: readonly FormPart[]): { body: Buffer; headers: { 'content-type': string } } {
  const pieces = parts.flatMap(({ name, content, filename, contentType }) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? '' : `; filename="${filename}"`,
    contentType === undefined ? '' : `\r\nContent-Type: ${contentType}`,
    '\r\n\r\n',
    content,
    '\r\n',
  ])
  const body = Buffer.concat([...pieces, `--${BOUNDARY}--\r\n`].map((piece) => Buffer.from(piece)))
  return { body, headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` } }
}

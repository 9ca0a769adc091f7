import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { matchesEntityTag } from '../http/entity-tag.js'
import type { DecodeRequest } from './decode-request.js'
import { decodeContent, decodedLimit, freelyDecodedBytes } from './decoded-content.js'
import { blobHeaders, inspectedBytes, servingHeaders } from './serving-policy.js'
import { type BlobSource, openStoredBytes, requireStoredBytes } from './stored-bytes.js'

/**
 * Answers `GET` or `HEAD` for what the bytes of a ready artifact decode to. The beginning is decoded before the answer
 * begins: content that ends within it is known to be whole and sound, and its length is told. When something is wrong
 * further on, the connection is cut, so that nobody takes a part for the whole. There are no ranges.
 *
 * @throws ApiError 422 for damaged bytes, 413 beyond the limit, 503 where the bytes are not in the store
 */
export async function answerWithDecodedBlob(
  request: IncomingMessage,
  response: ServerResponse,
  source: BlobSource & { decoding: DecodeRequest },
): Promise<void> {
  const { artifact, decoding } = source
  const { sha256, contentType, filename } = artifact
  await requireStoredBytes(source)
  const stored = await openStoredBytes(source)
  const content = decodeContent(stored, decoding, decodedLimit(artifact.sizeBytes))[Symbol.asyncIterator]()
  try {
    const start = await readStart(content)
    const entityTag = `"${[sha256, ...decoding.codings, ...(decoding.isTruncated ? ['truncated'] : [])].join('.')}"`
    const firstBytes = start.bytes.subarray(0, inspectedBytes)
    const headers = {
      ...blobHeaders,
      ...servingHeaders({ contentType, filename: filename ?? sha256, firstBytes }),
      // RFC 9110, section 14.3.
      'accept-ranges': 'none',
      etag: entityTag,
    }
    if (matchesEntityTag(request.headers['if-none-match'], entityTag)) {
      response.writeHead(304, headers).end()
      return
    }
    response.writeHead(200, { ...headers, ...(start.isWhole && { 'content-length': start.bytes.length }) })
    if (request.method === 'HEAD') response.end()
    else if (start.isWhole) response.end(start.bytes)
    else await pipeline(() => whole(start.bytes, content), response)
  } finally {
    await content.return?.()
    stored.destroy()
  }
}

interface ContentStart {
  bytes: Buffer
  /** Whether there is no more. */
  isWhole: boolean
}

async function readStart(content: AsyncIterator<Uint8Array>): Promise<ContentStart> {
  const chunks: Uint8Array[] = []
  let length = 0
  while (length <= freelyDecodedBytes) {
    const { done, value } = await content.next()
    if (done === true) return { bytes: Buffer.concat(chunks), isWhole: true }
    chunks.push(value)
    length += value.length
  }
  return { bytes: Buffer.concat(chunks), isWhole: false }
}

async function* whole(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start
  for (;;) {
    const { done, value } = await rest.next()
    if (done === true) return
    yield value
  }
}

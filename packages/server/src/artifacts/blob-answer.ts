import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { ApiError } from '../http/api-error.js'
import { matchesEntityTag } from '../http/entity-tag.js'
import { parseRange } from '../http/range-header.js'
import { blobHeaders, inspectedBytes, servingHeaders } from './serving-policy.js'
import { type BlobSource, openStoredBytes, requireStoredBytes } from './stored-bytes.js'

/**
 * Answers `GET` or `HEAD` for the bytes of a ready artifact, with ranges and conditions, and returns when the answer is
 * on its way or the client has gone.
 *
 * @throws ApiError 416 for a range outside of the blob, 503 where its bytes are not in the store
 */
export async function answerWithBlob(
  request: IncomingMessage,
  response: ServerResponse,
  source: BlobSource,
): Promise<void> {
  const { artifact } = source
  const { sha256, sizeBytes } = artifact
  const entityTag = `"${sha256}"`
  const firstBytes = await readStart(source)
  const headers = {
    ...blobHeaders,
    ...servingHeaders({ contentType: artifact.contentType, filename: artifact.filename ?? sha256, firstBytes }),
    'accept-ranges': 'bytes',
    etag: entityTag,
  }
  if (matchesEntityTag(request.headers['if-none-match'], entityTag)) {
    response.writeHead(304, headers).end()
    return
  }
  const ifRange = request.headers['if-range']
  const wanted = ifRange === undefined || ifRange === entityTag ? request.headers.range : undefined
  // RFC 9110, section 14.2: ranges are for GET alone.
  const answer = parseRange(request.method === 'GET' ? wanted : undefined, sizeBytes)
  if (answer.kind === 'unsatisfiable') {
    throw new ApiError(416, 'range_not_satisfiable', `Range: is not within the ${sizeBytes} bytes of the artifact`, {
      headers: { 'content-range': `bytes */${sizeBytes}` },
    })
  }
  const range = answer.kind === 'part' ? answer.range : undefined
  const partHeaders =
    range === undefined
      ? { 'content-length': sizeBytes }
      : {
          'content-length': range.end - range.start + 1,
          'content-range': `bytes ${range.start}-${range.end}/${sizeBytes}`,
        }
  const status = range === undefined ? 200 : 206
  if (request.method === 'HEAD' || sizeBytes === 0) {
    response.writeHead(status, { ...headers, ...partHeaders }).end()
    return
  }
  const content = await openStoredBytes(source, range)
  response.writeHead(status, { ...headers, ...partHeaders })
  await pipeline(content, response)
}

async function readStart(source: BlobSource): Promise<Uint8Array> {
  await requireStoredBytes(source)
  if (source.artifact.sizeBytes === 0) return new Uint8Array()
  const start = await openStoredBytes(source, { start: 0, end: inspectedBytes - 1 })
  const chunks: Buffer[] = []
  for await (const chunk of start) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '../http/api-error.js'
import { type BodyPace, readBody } from '../http/request-body.js'
import type { ArtifactService } from './artifact-service.js'
import { parseSha256 } from './registration.js'

/** Where an upload goes. */
export interface UploadDestination {
  artifacts: ArtifactService
  projectId: string
  /** As it stands in the path. */
  sha256: string
  pace: BodyPace
}

/**
 * Takes the bytes of a registered artifact. Everything that can be refused is refused before the first byte is read.
 *
 * @returns how many bytes were stored; 0 where they were here already
 * @throws ApiError as "Every input and its answer" of docs/protocol.md lists them
 */
export async function receiveUpload(
  request: IncomingMessage,
  response: ServerResponse,
  destination: UploadDestination,
): Promise<number> {
  const { artifacts, projectId, pace } = destination
  const sha256 = parseSha256(destination.sha256)
  const { headers } = request
  if (headers['content-encoding'] !== undefined) {
    throw new ApiError(415, 'unsupported_media_type', 'Content-Encoding: the bytes are stored as they come; send none')
  }
  if (headers['content-range'] !== undefined) {
    throw new ApiError(400, 'invalid_request', 'Content-Range: an artifact is uploaded whole; send none')
  }
  const length = headers['content-length']
  if (length === undefined || headers['transfer-encoding'] !== undefined) {
    throw new ApiError(411, 'length_required', 'Content-Length: is required; chunked bodies are not taken')
  }
  const artifact = await artifacts.uploadTarget(projectId, sha256)
  if (Number(length) !== artifact.sizeBytes) {
    const message = `Content-Length: must be the registered size, ${artifact.sizeBytes} bytes`
    throw new ApiError(400, 'length_mismatch', message)
  }
  const body = readBody(request, response, pace)
  if (await artifacts.isStored(artifact)) {
    if (headers['if-none-match'] === '*') {
      throw new ApiError(412, 'precondition_failed', 'If-None-Match: the bytes of this artifact are here already')
    }
    await discard(body)
    return 0
  }
  await artifacts.store(artifact, body)
  return artifact.sizeBytes
}

/** Never written again: the client is let finish, and learns that all is well. */
async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
  const chunks = body[Symbol.asyncIterator]()
  while ((await chunks.next()).done !== true);
}

import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** What a step answers. */
export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: string
}

/** A JSON answer. */
export function jsonAnswer(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) }
}

/** An error in the protocol's shape. */
export function errorAnswer(status: number, code: string, message: string): Answer {
  const retryable = status === 408 || status === 429 || status >= 500
  const headers: Record<string, string> = status === 401 ? { 'www-authenticate': 'Bearer' } : {}
  return jsonAnswer(status, { error: { code, message, retryable } }, headers)
}

/** An error in the shape of an object store's. */
export function storageErrorAnswer(status: number, code: string): Answer {
  return { status, headers: { 'content-type': 'application/xml' }, body: `<Error><Code>${code}</Code></Error>` }
}

/** Sends an answer, unless the client has gone. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return
  const body = answer.body ?? ''
  const headers: Record<string, string> = { ...answer.headers }
  if (answer.status !== 204) headers['content-length'] = String(Buffer.byteLength(body))
  response.writeHead(answer.status, headers).end(body)
}

/** A request's body, read to its end. */
export interface ReceivedBody {
  sizeBytes: number
  sha256: string
  /** undefined when it was not to be kept */
  bytes: Buffer | undefined
}

/**
 * Reads and hashes a request's body.
 *
 * @param options.keep false drops the bytes once they are hashed
 * @param options.onBytes is told of each piece's length as it arrives
 * @throws Error when the client goes away before the end
 */
export async function readBody(
  request: IncomingMessage,
  options: { keep: boolean; onBytes: (bytes: number) => void },
): Promise<ReceivedBody> {
  const hash = createHash('sha256')
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    hash.update(piece)
    sizeBytes += piece.length
    options.onBytes(piece.length)
    if (options.keep) pieces.push(piece)
  }
  return { sizeBytes, sha256: hash.digest('hex'), bytes: options.keep ? Buffer.concat(pieces) : undefined }
}

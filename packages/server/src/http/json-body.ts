import type { IncomingMessage, ServerResponse } from 'node:http'
import { isObject } from '../json.js'
import { ApiError, invalidRequest } from './api-error.js'
import { mediaTypeOf, readWholeBody, type WholeBodyOptions } from './request-body.js'

/**
 * Reads a JSON object from a request. Small ones: they count against no shared memory, which nobody here would give back.
 *
 * @throws ApiError 415 unless it is `application/json` in no encoding, 413 over the limit, 400 for bad JSON
 */
export async function readJsonObject(
  request: IncomingMessage,
  response: ServerResponse,
  options: Omit<WholeBodyOptions, 'memory'>,
): Promise<Record<string, unknown>> {
  if (mediaTypeOf(request.headers['content-type']) !== 'application/json') {
    throw new ApiError(415, 'unsupported_media_type', 'Content-Type: must be application/json')
  }
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new ApiError(415, 'unsupported_media_type', 'Content-Encoding: this endpoint takes none')
  }
  const body = await readWholeBody(request, response, options)
  const value = parseJson(body)
  if (!isObject(value)) throw invalidRequest('body: must be a JSON object')
  return value
}

/**
 * Parses JSON bytes.
 *
 * @throws ApiError 400 when they are not UTF-8 or not JSON; the message quotes nothing of them
 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw invalidRequest('body: is not valid JSON in UTF-8')
  }
}

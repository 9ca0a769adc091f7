import { invalidRequest } from '../http/api-error.js'
import { type ContentCoding, parseContentEncoding } from './content-coding.js'

/** How the stored bytes of an artifact are to be decoded. */
export interface DecodeRequest {
  /** In the order in which they were applied; at least one. */
  codings: readonly ContentCoding[]
  /** Whether the stored bytes may end in the middle. */
  isTruncated: boolean
}

/**
 * Reads the parameters `content_encoding` and `truncated` of a request for the bytes of an artifact. They are members of
 * references: only a reference knows that the bytes are encoded, or cut off.
 *
 * @returns `undefined` where the bytes are wanted as they are stored
 * @throws ApiError 400 naming the parameter
 */
export function parseDecodeRequest(query: Readonly<Record<string, string>>): DecodeRequest | undefined {
  const { content_encoding: contentEncoding = '', truncated = 'false' } = query
  if (truncated !== 'true' && truncated !== 'false') throw invalidRequest('truncated: must be true or false')
  const codings = parseContentEncoding(contentEncoding)
  return codings.length === 0 ? undefined : { codings, isTruncated: truncated === 'true' }
}

import { pipeline } from 'node:stream'
import { ApiError } from '../http/api-error.js'
import { type ContentCoding, createDecoder } from './content-coding.js'
import type { DecodeRequest } from './decode-request.js'

const mebibyte = 1024 * 1024
/** The most that one blob is decoded to, bytes. */
const maxDecodedBytes = 100 * mebibyte
/** Up to here any ratio is right: short texts that repeat themselves are common. */
export const freelyDecodedBytes: number = mebibyte
/** Above that, text in real bodies shrinks to a hundredth at the most; 64 MiB of zeros to a thousandth, or less. */
const maxDecodeRatio = 200

/** What a blob may decode to, bytes: bounded by itself and by the size of the blob. Everything uploaded is hostile. */
export function decodedLimit(storedBytes: number): number {
  return Math.min(maxDecodedBytes, Math.max(freelyDecodedBytes, storedBytes * maxDecodeRatio))
}

/**
 * Undoes the codings of stored bytes while they pass, no faster than they are taken; memory stays flat.
 *
 * @param stored the bytes as stored
 * @param limitBytes what may come out of each coding
 * @throws ApiError from the iteration: 422 `not_decodable`, 413 `decoded_too_large`; what `stored` throws, as it is
 */
export function decodeContent(
  stored: AsyncIterable<Uint8Array>,
  { codings, isTruncated }: DecodeRequest,
  limitBytes: number,
): AsyncIterable<Uint8Array> {
  return codings.toReversed().reduce((content, coding) => decode(content, { coding, isTruncated, limitBytes }), stored)
}

interface Stage {
  coding: ContentCoding
  isTruncated: boolean
  limitBytes: number
}

async function* decode(source: AsyncIterable<Uint8Array>, stage: Stage): AsyncGenerator<Uint8Array> {
  const { coding, isTruncated, limitBytes } = stage
  const encoded = source[Symbol.asyncIterator]()
  try {
    const first = await nextBytes(encoded)
    // Nothing at all is no stream of any coding, but it is what a response of no bytes looks like.
    if (first === undefined) return
    const decoder = createDecoder(coding, { firstByte: first[0] ?? 0, isTruncated })
    let ownFailure: unknown
    const feed = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield first
        for (let next = await nextBytes(encoded); next !== undefined; next = await nextBytes(encoded)) yield next
      } catch (error) {
        ownFailure = error
        throw error
      }
    }
    // The error of either side reaches the iteration below.
    pipeline(feed, decoder, () => {})
    let decodedBytes = 0
    try {
      for await (const chunk of decoder) {
        if (!(chunk instanceof Uint8Array)) continue
        decodedBytes += chunk.length
        if (decodedBytes > limitBytes) throw tooLarge(limitBytes)
        yield chunk
      }
    } catch (error) {
      throw error instanceof ApiError ? error : (ownFailure ?? notDecodable(coding, error))
    } finally {
      decoder.destroy()
    }
  } finally {
    await encoded.return?.()
  }
}

async function nextBytes(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  for (;;) {
    const { done, value } = await iterator.next()
    if (done === true) return undefined
    if (value.length > 0) return value
  }
}

function notDecodable(coding: ContentCoding, cause: unknown): ApiError {
  const message = `content_encoding: the bytes of the artifact are damaged, or not in ${coding}`
  return new ApiError(422, 'not_decodable', message, { cause })
}

function tooLarge(limitBytes: number): ApiError {
  const message = `content_encoding: the artifact decodes to more than the ${limitBytes} bytes that the server allows it`
  return new ApiError(413, 'decoded_too_large', message)
}

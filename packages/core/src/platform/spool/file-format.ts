import { createHash } from 'node:crypto'
import { isRecord, parseJson } from '../../json.js'
import { isSha256 } from '../../reference.js'
import type { SpoolHeader } from '../../spool/spool-directory.js'

/*
 * A file of the spool:
 *
 *   offset  length
 *        0       8  magic, "SPANART" and a line feed
 *        8       4  version, little endian
 *       12       4  length of the header, little endian
 *       16       n  header: JSON in UTF-8, padded with spaces
 *   16 + n       m  body: the content of the artifact, `size_bytes` long
 * 16+n+m        32  trailer: SHA-256 of everything before the body
 *
 * The header holds the SHA-256 of the body, so the trailer stands for the whole file, and yet a start-up can check it
 * without reading the body. The header has a fixed room, because the digest of a stream is known only at its end.
 */
const MAGIC: Buffer = Buffer.from('SPANART\n', 'latin1')
const VERSION = 1
const VERSION_OFFSET = 8
const HEADER_LENGTH_OFFSET = 12
const HEADER_OFFSET = 16

/** Where the body begins in the files that this version writes, in bytes. */
export const BODY_OFFSET_BYTES = 2048
/** Where the body may begin at most in files that are read. */
const MAX_BODY_OFFSET_BYTES = 65_536
export const TRAILER_BYTES = 32
/** How much of a file `decodeHead` needs, in bytes: all there is before the body, of any version-1 file. */
export const PREFIX_BYTES: number = HEADER_OFFSET

/** Everything before the body. */
export function encodeHead(header: SpoolHeader): Buffer {
  const head = Buffer.alloc(BODY_OFFSET_BYTES, ' ')
  MAGIC.copy(head)
  head.writeUInt32LE(VERSION, VERSION_OFFSET)
  head.writeUInt32LE(BODY_OFFSET_BYTES - HEADER_OFFSET, HEADER_LENGTH_OFFSET)
  const json = Buffer.from(JSON.stringify(members(header)))
  const room = BODY_OFFSET_BYTES - HEADER_OFFSET
  // A name is for people only: better without it than not at all.
  const fitting = json.length <= room ? json : Buffer.from(JSON.stringify(members({ ...header, filename: undefined })))
  if (fitting.length > room) throw new RangeError(`the header of a spool file takes ${fitting.length} bytes`)
  fitting.copy(head, HEADER_OFFSET)
  return head
}

/** What stands after the body. */
export function encodeTrailer(head: Uint8Array): Buffer {
  return createHash('sha256').update(head).digest()
}

/** Reads the beginning of a file. @returns where its body begins, in bytes; undefined when this is no spool file */
export function bodyOffset(prefix: Buffer): number | undefined {
  if (prefix.length < PREFIX_BYTES || !prefix.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  if (prefix.readUInt32LE(VERSION_OFFSET) !== VERSION) return undefined
  const offset = HEADER_OFFSET + prefix.readUInt32LE(HEADER_LENGTH_OFFSET)
  return offset <= MAX_BODY_OFFSET_BYTES ? offset : undefined
}

/** Reads and checks everything but the body. @returns undefined when any of it is damaged */
export function decodeHeader(head: Buffer, trailer: Buffer, fileBytes: number): SpoolHeader | undefined {
  if (!encodeTrailer(head).equals(trailer)) return undefined
  const json = parseJson(head.toString('utf8', HEADER_OFFSET))
  if (!isRecord(json)) return undefined
  const { sha256, size_bytes: sizeBytes, content_type: contentType, filename, created_at_ms: createdAtMs } = json
  const { attempts, keep_until_ms: keepUntilMs } = json
  if (!isSha256(sha256) || !isCount(sizeBytes) || !isCount(createdAtMs) || !isCount(attempts)) return undefined
  if (keepUntilMs !== undefined && !isCount(keepUntilMs)) return undefined
  if (typeof contentType !== 'string' || (filename !== undefined && typeof filename !== 'string')) return undefined
  if (fileBytes !== head.length + sizeBytes + TRAILER_BYTES) return undefined
  return { sha256, sizeBytes, contentType, filename, createdAtMs, keepUntilMs, attempts }
}

function members(header: SpoolHeader): Record<string, unknown> {
  return {
    sha256: header.sha256,
    size_bytes: header.sizeBytes,
    content_type: header.contentType,
    filename: header.filename,
    created_at_ms: header.createdAtMs,
    keep_until_ms: header.keepUntilMs,
    attempts: header.attempts,
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

import { digestAtOnce } from './digest.js'

/**
 * How many bytes of a known buffer are looked at to see whether it still holds what it held: 64 places of 64 bytes,
 * spread evenly. A few microseconds, however large the buffer is.
 */
const SAMPLE_PLACES = 64
const SAMPLE_BYTES_PER_PLACE = 64

/** Smaller buffers are hashed again, in bytes: a few microseconds, and no garbage that outlives them. */
const MIN_REMEMBERED_BYTES: number = 16 * 1024

interface KnownDigest {
  readonly byteLength: number
  readonly sample: string
  readonly sha256: string
}

const known = new WeakMap<object, KnownDigest>()

/**
 * The digest of a buffer object that was hashed before: every turn of an agent sends the same images again.
 *
 * A buffer that changed length or any sampled byte is not known. One that changed only between the samples is
 * mistaken for its former content; what is uploaded is hashed again, so nothing is ever stored under a wrong digest.
 *
 * @param owner the object that the caller passed in, a view or an ArrayBuffer
 * @param bytes its content
 */
export function knownDigest(owner: object, bytes: Uint8Array): string | undefined {
  const entry = known.get(owner)
  return entry !== undefined && entry.byteLength === bytes.length && entry.sample === sample(bytes)
    ? entry.sha256
    : undefined
}

/** Remembers the digest of a buffer object for as long as the object lives. */
export function rememberDigest(owner: object, bytes: Uint8Array, sha256: string): void {
  if (bytes.length >= MIN_REMEMBERED_BYTES)
    known.set(owner, { byteLength: bytes.length, sample: sample(bytes), sha256 })
}

function sample(bytes: Uint8Array): string {
  const lastStart = bytes.length - SAMPLE_BYTES_PER_PLACE
  const places = Array.from({ length: SAMPLE_PLACES }, (_, place) => {
    const start = Math.floor((lastStart * place) / (SAMPLE_PLACES - 1))
    return bytes.subarray(start, start + SAMPLE_BYTES_PER_PLACE)
  })
  return digestAtOnce(places)
}

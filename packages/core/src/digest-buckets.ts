/** How many buckets {@link digestBucket} tells apart. */
export const DIGEST_BUCKETS = 4096

/** The first digits of a digest are as good as any hash. @returns 0 to {@link DIGEST_BUCKETS} - 1 */
export function digestBucket(sha256: string): number {
  return (digit(sha256, 0) << 8) | (digit(sha256, 1) << 4) | digit(sha256, 2)
}

/** Tells most digests of a bucket apart. @returns 24 bits of the digest, other ones than {@link digestBucket} */
export function digestTag(sha256: string): number {
  const high = (digit(sha256, 3) << 20) | (digit(sha256, 4) << 16) | (digit(sha256, 5) << 12)
  return high | (digit(sha256, 6) << 8) | (digit(sha256, 7) << 4) | digit(sha256, 8)
}

/** Of lower-case hexadecimal digits; anything else stands for some number too. */
function digit(text: string, place: number): number {
  const code = text.charCodeAt(place)
  return (code > NINE ? code - BEFORE_LETTERS : code) & 0x0f
}

const NINE = 0x39
/** `a` is 0x61, and stands for 10. */
const BEFORE_LETTERS = 0x57

const BUCKET_BITS = 12

/** How many buckets {@link digestBucket} tells apart. */
export const DIGEST_BUCKETS: number = 1 << BUCKET_BITS

/** How many digits of a digest {@link digestWord} reads. */
export const DIGITS_PER_WORD = 8

const BITS_PER_WORD = 32

/** The first digits of a digest are as good as any hash. @returns 0 to {@link DIGEST_BUCKETS} - 1 */
export function digestBucket(sha256: string): number {
  return bucketOfWord(digestWord(sha256, 0))
}

/** The same, from the first word of the digest. */
export function bucketOfWord(firstWord: number): number {
  return firstWord >>> (BITS_PER_WORD - BUCKET_BITS)
}

/**
 * Eight lower-case hexadecimal digits as a number of 32 bits. In a loop: V8 would write each `charCodeAt` out in half a
 * kilobyte of code, and this is called wherever a digest is looked for.
 *
 * @param start the place of the first digit
 */
export function digestWord(sha256: string, start: number): number {
  let word = 0
  for (let place = start; place < start + DIGITS_PER_WORD; place += 1) {
    const code = sha256.charCodeAt(place)
    // `a` is 0x61, and stands for 10. Without a branch: no processor could guess it.
    word = (word << 4) | ((code & 0x0f) + 9 * (code >> 6))
  }
  return word
}

import { createHash } from 'node:crypto'

/** Bytes that begin like a file of some kind and go on with noise, so that no two of them are alike. */
function file(head: string | readonly number[], sizeBytes: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  let state = seed
  for (let index = 0; index < sizeBytes; index += 1) {
    // A linear congruential generator, the one of Numerical Recipes.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[index] = state >>> 24
  }
  bytes.set(typeof head === 'string' ? new TextEncoder().encode(head) : head)
  return bytes
}

/** An image by its first bytes. @param sizeBytes default 2,000 */
export const png = (sizeBytes = 2000, seed = 1): Uint8Array =>
  file([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52], sizeBytes, seed)

export const pdf = (): Uint8Array => file('%PDF-1.7\n', 3000, 2)
export const wav = (): Uint8Array => file('RIFF\u0000\u0000\u0000\u0000WAVEfmt ', 4000, 3)
export const mp4 = (): Uint8Array => file([0, 0, 0, 0x20, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d], 5000, 4)

export const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

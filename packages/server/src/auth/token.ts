import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { TokenScope } from '../storage/catalog/access.js'

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const idBits = 60
const secretBits = 160
const bitsPerByte = 8
const tokenPattern = /^sa_v1_([wr])_([0-9A-Za-z]{4,32})_([0-9A-Za-z]{20,64})$/

/** A token at the only moment at which it is known: when it is made. */
export interface NewToken {
  id: string
  /** `sa_v1_{w|r}_{id}_{secret}`; shown once and never stored. */
  token: string
  /** SHA-256 of the token, 64 hexadecimal digits. */
  digest: string
}

/** Makes a token of 160 random bits. */
export function createToken(scope: TokenScope): NewToken {
  const id = randomBase62(idBits)
  const token = `sa_v1_${scope === 'write' ? 'w' : 'r'}_${id}_${randomBase62(secretBits)}`
  return { id, token, digest: digestSecret(token) }
}

/** The identifier inside a token; `undefined` where the text has not the form of one. */
export function tokenId(token: string): string | undefined {
  return tokenPattern.exec(token)?.[2]
}

/** SHA-256 of a token or of a session's secret, 64 hexadecimal digits. Both are random enough to need no salt. */
export function digestSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Compares two digests in a time that does not depend on where they differ. */
export function sameDigest(left: string, right: string): boolean {
  const leftBytes = Buffer.from(left, 'hex')
  const rightBytes = Buffer.from(right, 'hex')
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes)
}

/** A random number of so many bits in base 62, zero-padded to the length that the largest one has. */
export function randomBase62(bits: number): string {
  const base = BigInt(base62.length)
  let rest = BigInt(`0x${randomBytes(bits / bitsPerByte + 1).toString('hex')}`) & ((1n << BigInt(bits)) - 1n)
  let text = ''
  for (let largest = (1n << BigInt(bits)) - 1n; largest > 0n; largest /= base) {
    text = base62.charAt(Number(rest % base)) + text
    rest /= base
  }
  return text
}

import { expect, test } from 'vitest'
import { createToken, digestSecret, randomBase62, sameDigest, tokenId } from './token.js'

test('a token says its scope and its id, and holds 160 random bits', () => {
  const { id, token, digest } = createToken('write')
  expect(token).toMatch(/^sa_v1_w_[0-9A-Za-z]{11}_[0-9A-Za-z]{27}$/)
  expect(createToken('read').token).toMatch(/^sa_v1_r_/)
  expect(tokenId(token)).toBe(id)
  expect(digest).toBe(digestSecret(token))
  expect(createToken('write').token).not.toBe(token)
})

test.each(['', 'x', 'sa_v1_x_abcd_', 'sa_v2_w_abcdefghijk_AAAAAAAAAAAAAAAAAAAAAAAAAAA'])('%j is no token', (text) => {
  expect(tokenId(text)).toBeUndefined()
})

test('digests of other secrets and of other lengths differ', () => {
  expect(sameDigest(digestSecret('a'), digestSecret('a'))).toBe(true)
  expect(sameDigest(digestSecret('a'), digestSecret('b'))).toBe(false)
  expect(sameDigest(digestSecret('a'), '')).toBe(false)
})

test('random base 62 uses its whole range', () => {
  const samples = Array.from({ length: 2000 }, () => randomBase62(60))
  expect(new Set(samples).size).toBe(2000)
  expect(new Set(samples.map((sample) => sample.length))).toEqual(new Set([11]))
  // 60 bits need 10.08 digits of base 62, so the first one is 0 or 1 and all others are anything.
  expect(new Set(samples.flatMap((sample) => sample.slice(1).split(''))).size).toBe(62)
})

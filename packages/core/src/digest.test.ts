import { createHash, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digestAtOnce, digestChunks, digestInSlices, EMPTY_SHA256 } from './digest.js'
import { knownDigest, rememberDigest } from './digest-cache.js'
import { platform as nodePlatform } from './platform/node.js'
import { platform as webPlatform } from './platform/web.js'

const sha256 = (...parts: readonly Uint8Array[]): string =>
  createHash('sha256').update(Buffer.concat(parts)).digest('hex')

async function* piecewise(buffers: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* buffers
}

describe('the digest', () => {
  test('is the same at once, in slices, chunk by chunk, and on every platform', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), async (buffers) => {
        const expected = sha256(...buffers)
        expect(digestAtOnce(buffers)).toBe(expected)
        expect(await digestInSlices(buffers)).toBe(expected)
        expect((await digestChunks(piecewise(buffers))).sha256).toBe(expected)
        for (const platform of [nodePlatform, webPlatform]) {
          const hash = platform.createSha256()
          for (const buffer of buffers) hash.update(buffer)
          expect(hash.digestHex()).toBe(expected)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('of nothing is the well-known one', () => {
    expect(digestAtOnce([])).toBe(EMPTY_SHA256)
  })

  test('of large content leaves the event loop its turns', async () => {
    const bytes = randomBytes(8 * 1024 * 1024)
    let turns = 0
    const counter = setInterval(() => (turns += 1), 0)
    const digest = await digestInSlices([bytes])
    clearInterval(counter)
    expect(digest).toBe(sha256(bytes))
    expect(turns).toBeGreaterThan(1)
  })
})

describe('the digest of a buffer that was seen before', () => {
  test('is known, however large the buffer', () => {
    for (const size of [16 * 1024, 20_000, 3_000_000]) {
      const buffer = randomBytes(size)
      rememberDigest(buffer, buffer, sha256(buffer))
      expect(knownDigest(buffer, buffer)).toBe(sha256(buffer))
    }
  })

  test('is not known by another object with the same content', () => {
    const buffer = Buffer.from('same')
    rememberDigest(buffer, buffer, sha256(buffer))
    expect(knownDigest(Buffer.from('same'), Buffer.from('same'))).toBeUndefined()
  })

  test('is forgotten when the buffer was filled with something else', () => {
    const buffer = randomBytes(64 * 1024)
    rememberDigest(buffer, buffer, sha256(buffer))
    randomBytes(64 * 1024).copy(buffer)
    expect(knownDigest(buffer, buffer)).toBeUndefined()
  })

  test('is not worth remembering when the buffer is small', () => {
    const buffer = randomBytes(4096)
    rememberDigest(buffer, buffer, sha256(buffer))
    expect(knownDigest(buffer, buffer)).toBeUndefined()
  })
})

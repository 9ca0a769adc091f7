import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { sha256Of } from '../testing/test-server.js'
import { BlobContentError, type BlobKey, type BlobStore, type ByteRange } from './blob-store.js'

/**
 * What every blob store has to do, as tests.
 *
 * @param name of the implementation
 * @param create makes an empty store; what it needs beneath is cleaned up when the test is over
 */
export function describeBlobStore(name: string, create: () => Promise<BlobStore>): void {
  describe(`${name} as a blob store`, () => {
    test.each([0, 1, 100_000])('keeps %d bytes', async (length) => {
      const store = await create()
      const bytes = randomBytes(length)
      expect(await store.verify(keyOf(bytes), length)).toBe('absent')
      expect(await store.read(keyOf(bytes))).toBeUndefined()
      await store.write(keyOf(bytes), length, chunked(bytes))
      expect(await store.verify(keyOf(bytes), length)).toBe('present')
      expect(await store.verify(keyOf(bytes), length + 1)).toBe('mismatch')
      expect((await readAll(store, keyOf(bytes))).equals(bytes)).toBe(true)
    })

    test('reads a part, both ends included, and no further than the end', async () => {
      const store = await create()
      const bytes = randomBytes(50_000)
      await store.write(keyOf(bytes), bytes.length, chunked(bytes))
      expect((await readAll(store, keyOf(bytes), { start: 10, end: 19 })).equals(bytes.subarray(10, 20))).toBe(true)
      const rest = await readAll(store, keyOf(bytes), { start: 49_990, end: 60_000 })
      expect(rest.equals(bytes.subarray(49_990))).toBe(true)
    })

    test.each([
      ['digest', 100, (bytes: Buffer) => Buffer.from(bytes).fill(7)],
      ['size', 100, (bytes: Buffer) => bytes.subarray(1)],
      ['size', 99, (bytes: Buffer) => bytes],
    ] as const)('keeps nothing of bytes with another %s', async (mismatch, sizeBytes, change) => {
      const store = await create()
      const bytes = randomBytes(100)
      const failure = store.write(keyOf(bytes), sizeBytes, chunked(change(bytes)))
      await expect(failure).rejects.toBeInstanceOf(BlobContentError)
      await expect(failure).rejects.toMatchObject({ mismatch })
      expect(await store.verify(keyOf(bytes), 100)).toBe('absent')
      expect(await store.sweep()).toBe(0)
    })

    test('keeps nothing of a body that breaks off, and passes its error on', async () => {
      const store = await create()
      const bytes = randomBytes(100_000)
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(0, 50_000)
        throw new Error('the line went dead')
      }
      await expect(store.write(keyOf(bytes), bytes.length, broken())).rejects.toThrow('the line went dead')
      expect(await store.verify(keyOf(bytes), bytes.length)).toBe('absent')
      expect(await store.sweep()).toBe(0)
    })

    test('takes one blob twice at once and again', async () => {
      const store = await create()
      const bytes = randomBytes(300_000)
      const write = (): Promise<void> => store.write(keyOf(bytes), bytes.length, chunked(bytes))
      await Promise.all([write(), write(), write()])
      await write()
      expect((await readAll(store, keyOf(bytes))).equals(bytes)).toBe(true)
      expect(await store.sweep()).toBe(0)
    })

    test('keeps projects apart', async () => {
      const store = await create()
      const bytes = randomBytes(10)
      await store.write(keyOf(bytes, 'p1'), 10, chunked(bytes))
      expect(await store.verify(keyOf(bytes, 'p2'), 10)).toBe('absent')
      await store.write(keyOf(bytes, 'p2'), 10, chunked(bytes))
      await store.delete(keyOf(bytes, 'p1'))
      expect(await store.verify(keyOf(bytes, 'p1'), 10)).toBe('absent')
      expect(await store.verify(keyOf(bytes, 'p2'), 10)).toBe('present')
    })

    test('deletes what is absent without complaint', async () => {
      const store = await create()
      await store.delete(keyOf(randomBytes(4)))
      expect(await store.sweep()).toBe(0)
    })

    test('lets a reader finish a blob that is deleted under it', async () => {
      const store = await create()
      const bytes = randomBytes(1_000_000)
      await store.write(keyOf(bytes), bytes.length, chunked(bytes))
      const content = await store.read(keyOf(bytes))
      await store.delete(keyOf(bytes))
      expect(content && (await buffer(content)).equals(bytes)).toBe(true)
    })
  })
}

function keyOf(bytes: Uint8Array, projectId = 'p1'): BlobKey {
  return { projectId, sha256: sha256Of(bytes) }
}

async function* chunked(bytes: Uint8Array, chunkBytes = 10_000): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes)
}

async function readAll(store: BlobStore, key: BlobKey, range?: ByteRange): Promise<Buffer> {
  const content = await store.read(key, range)
  if (content === undefined) throw new Error('the blob is absent')
  return buffer(content)
}

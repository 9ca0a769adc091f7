import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ArtifactClient } from './client.js'
import { type MemoryDestination, memoryDestination } from './destinations/memory.js'
import { KIB, spoolFixture, unaccountedFor } from './test-fixtures/spool.js'
import { type ArtifactWriter, createArtifactWriter } from './writer.js'

const { startClient } = spoolFixture()
/** More than any chunk, so that each is a different part of it. */
const material = randomBytes(2048 * KIB)

interface Chunk {
  writer: number
  sizeBytes: number
  /** Whether the event loop gets a turn afterwards. */
  pause: boolean
}

const chunk: fc.Arbitrary<Chunk> = fc.record({
  writer: fc.nat(2),
  sizeBytes: fc.oneof(fc.nat(100), fc.nat(64 * KIB), fc.integer({ min: 200 * KIB, max: 1500 * KIB })),
  pause: fc.boolean(),
})

/** Writes chunks to three writers out of one buffer that is filled anew for each. */
async function passBy(client: ArtifactClient, chunks: readonly Chunk[], maxBytes: number): Promise<Passed[]> {
  const passed = [0, 1, 2].map(() => ({
    writer: createArtifactWriter({ client, maxBytes }),
    hash: createHash('sha256'),
    sizeBytes: 0,
  }))
  const shared = Buffer.alloc(material.length)
  let offset = 0
  for (const { writer, sizeBytes, pause } of chunks) {
    offset = (offset + 4099) % (material.length - sizeBytes)
    const bytes = shared.subarray(0, material.copy(shared, 0, offset, offset + sizeBytes))
    const target = passed[writer]!
    target.writer.write(bytes)
    target.hash.update(bytes)
    target.sizeBytes += sizeBytes
    shared.fill(0)
    if (pause) await delay(1)
  }
  return passed.map(({ writer, hash, sizeBytes }) => ({ writer, sha256: hash.digest('hex'), sizeBytes }))
}

interface Passed {
  writer: ArtifactWriter
  sha256: string
  sizeBytes: number
}

const storedSha256 = (destination: MemoryDestination, sha256: string): string =>
  createHash('sha256')
    .update(destination.artifacts.get(sha256)?.bytes ?? '')
    .digest('hex')

describe('writers whose content goes to disk', () => {
  test('store exactly what passed, in whatever pieces, side by side, out of a buffer that is used again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 25 }), async (chunks) => {
        const destination = memoryDestination()
        const client = startClient({ destination })
        const passed = await passBy(client, chunks, 100 * 1024 * KIB)
        for (const { writer, sha256, sizeBytes } of passed) {
          expect(writer.finish().reference()).toMatchObject({ sha256, size_bytes: sizeBytes })
        }
        await client.forceFlush()
        for (const { sha256 } of passed) expect(storedSha256(destination, sha256)).toBe(sha256)
        expect(client.stats()).toMatchObject({ dropped: {}, failed: {}, queuedBytes: 0 })
        await client.shutdown()
      }),
      { numRuns: 25 },
    )
  })

  test('know digest and size of what they cannot keep, wherever memory, disk or their limit ended', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { maxLength: 15 }),
        fc.nat(3000 * KIB),
        fc.nat(3000 * KIB),
        fc.nat(3000 * KIB),
        async (chunks, maxBytes, maxSpoolBytes, maxQueueBytes) => {
          const destination = memoryDestination()
          const client = startClient({ destination, maxSpoolBytes, maxQueueBytes })
          const passed = await passBy(client, chunks, maxBytes)
          const references = passed.map(({ writer }) => writer.finish().reference())
          expect(references).toMatchObject(passed.map(({ sha256, sizeBytes }) => ({ sha256, size_bytes: sizeBytes })))
          await client.forceFlush()
          const kept = references.filter(({ dropped }) => dropped === undefined)
          expect(kept.filter(({ size_bytes: sizeBytes }) => sizeBytes > maxBytes)).toEqual([])
          expect(kept.map(({ sha256 }) => storedSha256(destination, sha256))).toEqual(kept.map(({ sha256 }) => sha256))
          expect(unaccountedFor(client.stats())).toBe(0)
          await client.shutdown()
        },
      ),
      { numRuns: 25 },
    )
  })
})

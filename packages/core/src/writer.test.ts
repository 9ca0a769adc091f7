import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ArtifactClient } from './client.js'
import { memoryClient } from './test-fixtures/clients.js'
import { createArtifactWriter, type ArtifactWriter } from './writer.js'

const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')

/** Ends a PDF that is not kept: what is known of it is all of it, and it is counted as lost. */
function expectDropped(
  writer: ArtifactWriter,
  { client, content, reason }: { client: ArtifactClient; content: Buffer; reason: string },
): void {
  expect(writer.finish().reference()).toEqual({
    sha256: sha256(content),
    size_bytes: content.length,
    content_type: 'application/pdf',
    dropped: reason,
  })
  expect(client.stats()).toMatchObject({ accepted: 1, dropped: { [reason]: 1 } })
}

describe('a writer', () => {
  test('stores what was written, although the buffer is used again', async () => {
    const { client, destination } = memoryClient()
    const writer = createArtifactWriter({ client })
    const buffer = Buffer.alloc(3)
    for (const text of ['abc', 'def', 'ghi']) {
      buffer.write(text)
      writer.write(buffer)
    }
    buffer.fill(0)
    expect(writer.sizeBytes).toBe(9)
    const artifact = writer.finish({ filename: 'body.txt', field: 'upload' })
    expect(artifact.reference()).toEqual({
      sha256: sha256('abcdefghi'),
      size_bytes: 9,
      content_type: 'text/plain; charset=utf-8',
      filename: 'body.txt',
      field: 'upload',
    })
    await artifact.uploaded
    expect(Buffer.from(destination.artifacts.get(artifact.sha256)!.bytes).toString()).toBe('abcdefghi')
  })

  test('knows the type of content that came in small pieces', () => {
    const { client } = memoryClient()
    const writer = createArtifactWriter({ client })
    for (const byte of Buffer.from('%PDF-1.7 and more')) writer.write(new Uint8Array([byte]))
    expect(writer.finish().contentType).toBe('application/pdf')
  })

  test.each([
    ['small', 3000],
    ['larger than what small content may be', 200_000],
  ])('keeps %s content that comes byte by byte in few chunks', async (_, sizeBytes) => {
    const content = randomBytes(sizeBytes)
    const chunks: Uint8Array[] = []
    const client = new ArtifactClient({
      destination: {
        name: 'counting',
        store: async (artifact) => {
          for await (const chunk of artifact.chunks()) chunks.push(chunk)
          return 'stored'
        },
      },
    })
    const writer = createArtifactWriter({ client })
    for (const byte of content) writer.write(new Uint8Array([byte]))
    expect(client.stats().queuedBytes).toBeLessThan(2 * sizeBytes + 1)
    const artifact = writer.finish()
    await artifact.uploaded
    expect(artifact.sha256).toBe(sha256(content))
    expect(sha256(Buffer.concat(chunks))).toBe(artifact.sha256)
    expect(chunks.length).toBeLessThan(40)
    expect(client.stats().queuedBytes).toBe(0)
    await client.shutdown()
  })

  test('keeps small and large pieces in their order', async () => {
    const { client, destination } = memoryClient()
    const writer = createArtifactWriter({ client })
    const pieces = [1, 10_000, 3, 0, 3, 70_000, 0, 1, 4096, 0, 4095, 2, 20_000, 0, 1].map((length) =>
      randomBytes(length),
    )
    for (const piece of pieces) writer.write(piece)
    const artifact = writer.finish()
    await artifact.uploaded
    const stored = destination.artifacts.get(sha256(Buffer.concat(pieces)))
    expect(sha256(stored!.bytes)).toBe(artifact.sha256)
  })

  test('keeps content in small pieces that just fits into the memory', async () => {
    const { client, destination } = memoryClient({ maxQueueBytes: 70_000 })
    const writer = createArtifactWriter({ client })
    const content = randomBytes(66_000)
    for (let start = 0; start < content.length; start += 100) writer.write(content.subarray(start, start + 100))
    await writer.finish().uploaded
    expect(destination.artifacts.has(sha256(content))).toBe(true)
  })

  test('over its limit keeps nothing, but has the digest, size and type of all of it', () => {
    const { client } = memoryClient()
    const writer = createArtifactWriter({ client, maxBytes: 10 })
    const content = Buffer.from('%PDF-1.7 and much more')
    writer.write(content.subarray(0, 10))
    expect(client.stats().queuedBytes).toBe(10)
    writer.write(content.subarray(10))
    expect(client.stats().queuedBytes).toBe(0)
    expectDropped(writer, { client, content, reason: 'too_large' })
  })

  test('of content that is known not to be kept holds nothing, and has its digest, size and type', () => {
    const { client, destination } = memoryClient()
    const writer = createArtifactWriter({ client, dropped: 'queue_full' })
    const content = Buffer.from('%PDF-1.7 and more')
    writer.write(content.subarray(0, 10))
    writer.write(content.subarray(10))
    expect(client.stats().queuedBytes).toBe(0)
    expectDropped(writer, { client, content, reason: 'queue_full' })
    expect(destination.artifacts.size).toBe(0)
  })

  test('of exactly its limit is kept', () => {
    const { client } = memoryClient()
    const writer = createArtifactWriter({ client, maxBytes: 10 })
    writer.write(Buffer.alloc(10))
    expect(writer.finish().reference().dropped).toBeUndefined()
  })

  test('takes its room from the client from the first byte, and gives it back', () => {
    const { client } = memoryClient({ maxQueueBytes: 100 })
    const [one, other, third] = [0, 1, 2].map(() => createArtifactWriter({ client }))
    one!.write(Buffer.alloc(60))
    other!.write(Buffer.alloc(60))
    expect(client.stats().queuedBytes).toBe(60)
    one!.discard()
    expect(client.stats().queuedBytes).toBe(0)
    third!.write(Buffer.alloc(100))
    expect(other!.finish().reference()).toMatchObject({ sha256: sha256(Buffer.alloc(60)), dropped: 'queue_full' })
    expect(third!.finish().reference().dropped).toBeUndefined()
    expect(client.stats().queuedBytes).toBe(100)
  })

  test('has its digest when it is finished, however large', () => {
    const { client } = memoryClient()
    const writer = createArtifactWriter({ client })
    const content = randomBytes(3_000_000)
    writer.write(content)
    const reference = writer.finish().referenceWhenReady()
    expect(reference).toMatchObject({ sha256: sha256(content), size_bytes: 3_000_000 })
  })

  test.each([100, 200_000])('takes nothing, and no room, after the end of its %i bytes', async (sizeBytes) => {
    const { client, destination } = memoryClient()
    const content = randomBytes(sizeBytes)
    const finished = createArtifactWriter({ client })
    finished.write(content)
    const artifact = finished.finish()
    const discarded = createArtifactWriter({ client })
    discarded.write(content)
    discarded.discard()
    for (const writer of [finished, discarded]) {
      writer.write(randomBytes(50_000))
      writer.write(randomBytes(500_000))
    }
    expect(client.stats().queuedBytes).toBe(0)
    expect(finished.finish()).toBe(artifact)
    await artifact.uploaded
    expect(Buffer.from(destination.artifacts.get(sha256(content))!.bytes).equals(content)).toBe(true)
  })

  test('without any content makes an empty artifact', async () => {
    const { client, destination } = memoryClient()
    const artifact = createArtifactWriter({ client }).finish()
    await artifact.uploaded
    expect(destination.artifacts.get(sha256(''))?.sizeBytes).toBe(0)
  })
})

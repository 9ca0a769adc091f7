import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Artifact, type ArtifactOptions } from './artifact.js'
import { EMPTY_SHA256 } from './digest.js'
import { ArtifactError, ArtifactUploadError } from './errors.js'
import { parseArtifactReference } from './reference.js'
import { brokerClient, memoryClient } from './test-fixtures/clients.js'
import { listenOnLoopback } from './test-fixtures/listen-on-loopback.js'

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(2000)])
const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'artifact-test-'))
  return () => rm(directory, { recursive: true })
})

async function file(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, content)
  return path
}

/** Stores an artifact and gives its reference and what was stored for it. */
async function store(artifact: Artifact, destination: ReturnType<typeof memoryClient>['destination']) {
  const reference = artifact.reference()
  await artifact.uploaded
  return { reference, bytes: Buffer.from(destination.artifacts.get(reference.sha256)!.bytes) }
}

const MEBIBYTE = 1_048_576

/** So many chunks, without a pause between them. */
async function* inMemory(chunks: number, sizeBytes = MEBIBYTE): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(sizeBytes)
  for (let index = 0; index < chunks; index += 1) yield chunk
}

/** A chunk that is gone before it can have been read. */
async function* handedOver(): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(64 * MEBIBYTE)
  setImmediate(() => structuredClone(chunk.buffer, { transfer: [chunk.buffer] }))
  yield chunk
}

async function* pieces(): AsyncGenerator<Uint8Array | string> {
  yield 'grü'
  yield Buffer.from('ße')
}

async function* reusing(): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(4)
  for (const text of ['abcd', 'efgh', 'ijkl']) {
    buffer.write(text)
    yield buffer
  }
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half')
  throw new Error('the disk is on fire')
}

const elevenBytes = (): Readable => Readable.from([Buffer.from('0123456789'), Buffer.from('x')])

describe('an artifact of data at hand', () => {
  const view = new Uint8Array(png)
  test.each<[string, unknown, Uint8Array | string, string]>([
    ['a Buffer', png, png, 'image/png'],
    ['a Uint8Array', view, png, 'image/png'],
    ['part of a larger buffer', Buffer.concat([Buffer.alloc(7), png]).subarray(7), png, 'image/png'],
    ['a DataView', new DataView(view.buffer, 8, 100), view.subarray(8, 108), 'application/octet-stream'],
    [
      'a Float32Array',
      new Float32Array([1, 2]),
      new Uint8Array(new Float32Array([1, 2]).buffer),
      'application/octet-stream',
    ],
    ['an ArrayBuffer', view.buffer, png, 'image/png'],
    ['a string', 'grüße', 'grüße', 'text/plain; charset=utf-8'],
    ['an object', { a: [1n] }, '{"a":["1"]}', 'application/json'],
    ['a map', new Map([['k', new Date(0)]]), '{"k":"1970-01-01T00:00:00.000Z"}', 'application/json'],
    ['a number', 42, '42', 'application/json'],
    ['undefined', undefined, 'null', 'application/json'],
    ['null', null, 'null', 'application/json'],
    ['no bytes at all', new Uint8Array(), '', 'application/octet-stream'],
  ])('%s is stored byte for byte, with its digest and type', async (_, data, expected, contentType) => {
    const { client, destination } = memoryClient()
    const { reference, bytes } = await store(new Artifact(data, { client }), destination)
    expect(bytes).toEqual(Buffer.from(expected))
    expect(reference).toEqual({ sha256: sha256(expected), size_bytes: bytes.length, content_type: contentType })
  })

  test('takes its name and type from the options', () => {
    const { client } = memoryClient()
    const options = { client, filename: 'C:\\pictures\\my\u0000 chart.png', contentType: 'image/x-mine' }
    const artifact = new Artifact('x', { ...options, field: 'avatar', contentEncoding: 'br', truncated: true })
    expect(artifact.reference()).toEqual({
      sha256: sha256('x'),
      size_bytes: 1,
      content_type: 'image/x-mine',
      filename: 'my chart.png',
      field: 'avatar',
      content_encoding: 'br',
      truncated: true,
    })
    expect(artifact.filename).toBe('my chart.png')
    expect(artifact.contentType).toBe('image/x-mine')
    expect(artifact.sizeBytes).toBe(1)
    expect(artifact.sha256).toBe(sha256('x'))
  })

  test('leaves out of its reference what no reader would take', () => {
    const { client } = memoryClient()
    for (const text of ['x'.repeat(1_000_000), 'a\r\nb', '']) {
      const reference = new Artifact('x', { client, field: text, contentEncoding: text }).reference()
      expect(Object.keys(reference)).toEqual(['sha256', 'size_bytes', 'content_type'])
    }
  })

  test('takes its type from the name when the option holds none', () => {
    const { client } = memoryClient()
    expect(new Artifact('x', { client, filename: 'a.csv', contentType: 'csv\r\n' }).contentType).toBe(
      'text/csv; charset=utf-8',
    )
  })

  test('cuts a name of more than 255 bytes between two characters', () => {
    const { client } = memoryClient()
    const { filename } = new Artifact('x', { client, filename: 'é'.repeat(200) })
    expect(filename).toBe('é'.repeat(127))
  })

  test('links to where the destination says that it can be seen', () => {
    const { destination } = memoryClient()
    const { client } = memoryClient({
      destination: { ...destination, urlOf: (digest) => `https://a.example/${digest}` },
    })
    expect(new Artifact('x', { client }).reference().url).toBe(`https://a.example/${sha256('x')}`)
  })
})

describe('an artifact seen by someone who walks its properties', () => {
  test('shows its reference and nothing else', () => {
    const { client } = memoryClient()
    const artifact = new Artifact(png, { client, filename: 'chart.png' })
    const reference = artifact.reference()
    expect(Object.keys(artifact)).toEqual(['logfire.artifact'])
    expect(Object.getOwnPropertyNames(artifact)).toEqual(['logfire.artifact'])
    expect(Object.entries(artifact)).toEqual([['logfire.artifact', reference]])
    expect(Object.assign({}, artifact)).toEqual({ 'logfire.artifact': reference })
    expect(structuredClone(artifact)).toEqual({ 'logfire.artifact': reference })
    expect(parseArtifactReference(JSON.stringify(artifact))).toEqual(reference)
    expect(JSON.parse(JSON.stringify({ nested: [artifact] }))).toEqual({ nested: [{ 'logfire.artifact': reference }] })
    expect(parseArtifactReference(artifact)).toEqual(reference)
    expect(inspect(artifact, { depth: 10, getters: true })).not.toContain('hunter2')
  })

  test('is submitted by that, once', async () => {
    const { client, destination } = memoryClient()
    const artifact = new Artifact(png, { client })
    expect(client.stats().accepted).toBe(0)
    JSON.stringify([artifact, artifact])
    expect(client.stats().accepted).toBe(1)
    await client.forceFlush()
    expect([...destination.artifacts.keys()]).toEqual([sha256(png)])
  })

  test('hashes large content there and then', () => {
    const { client } = memoryClient()
    const large = randomBytes(3_000_000)
    expect(JSON.parse(JSON.stringify(new Artifact(large, { client })))).toMatchObject({
      'logfire.artifact': { sha256: sha256(large) },
    })
  })
})

describe('an artifact of data that has to be read', () => {
  test('a file is named and typed by its path, given as a path or a URL', async () => {
    const { client, destination } = memoryClient()
    const path = await file('chart ü.png', png)
    for (const artifact of [
      await Artifact.fromFile(path, { client }),
      await Artifact.from(pathToFileURL(path), { client }),
    ]) {
      const { reference, bytes } = await store(artifact, destination)
      expect(bytes).toEqual(png)
      expect(reference).toEqual({
        sha256: sha256(png),
        size_bytes: png.length,
        content_type: 'image/png',
        filename: 'chart ü.png',
      })
    }
  })

  test('a string is text, also where it looks like a path', async () => {
    const { client, destination } = memoryClient()
    const { bytes } = await store(await Artifact.from('/etc/hostname', { client }), destination)
    expect(String(bytes)).toBe('/etc/hostname')
  })

  test.each<[string, () => unknown, Record<string, unknown>]>([
    ['a Blob', () => new Blob(['grü', 'ße'], { type: 'text/x-greeting' }), { content_type: 'text/x-greeting' }],
    ['a File', () => new File(['grüße'], 'hi.txt'), { filename: 'hi.txt', content_type: 'text/plain; charset=utf-8' }],
    ['a web stream', () => new Blob(['grüße']).stream(), {}],
    ['a Node stream', () => Readable.from([Buffer.from('grü'), 'ße']), {}],
    ['a Response', () => new Response('grüße', { headers: { 'content-type': 'text/a' } }), { content_type: 'text/a' }],
    ['a Request', () => new Request('http://x.invalid', { method: 'POST', body: 'grüße' }), {}],
    ['an async iterable', pieces, {}],
    ['a promise', () => Promise.resolve('grüße'), {}],
    ['a promise of a Blob', () => Promise.resolve(new Blob(['grüße'])), {}],
  ])('%s is read to its end', async (_, open, members) => {
    const { client, destination } = memoryClient()
    const { reference, bytes } = await store(await Artifact.from(open(), { client }), destination)
    expect(String(bytes)).toBe('grüße')
    expect(reference).toMatchObject({ sha256: sha256('grüße'), size_bytes: 7, ...members })
  })

  test('an answer without a body is empty', async () => {
    const { client } = memoryClient()
    const artifact = await Artifact.from(new Response(null, { status: 204 }), { client })
    expect(artifact.reference()).toMatchObject({ sha256: EMPTY_SHA256, size_bytes: 0 })
  })

  test('an answer of a real server is stored', async () => {
    const server = createServer((_, response) => response.setHeader('content-type', 'image/png').end(png))
    const url = await listenOnLoopback(server)
    onTestFinished(() => void server.close())
    const { client, destination } = memoryClient()
    const artifact = await Artifact.from(fetch(url), { client })
    const { reference, bytes } = await store(artifact, destination)
    expect(bytes).toEqual(png)
    expect(reference.content_type).toBe('image/png')
  })

  test('a file handle is read from its beginning, and stays open where it was', async () => {
    const { client, destination } = memoryClient()
    const content = randomBytes(700_000)
    const handle = await open(await file('handle.bin', content))
    onTestFinished(() => handle.close())
    await handle.read(Buffer.alloc(10), 0, 10, null)
    const { bytes } = await store(await Artifact.from(handle, { client }), destination)
    expect(bytes).toEqual(content)
    const { buffer } = await handle.read(Buffer.alloc(10), 0, 10, null)
    expect(buffer).toEqual(content.subarray(10, 20))
  })

  test('a file stream is stored', async () => {
    const { client, destination } = memoryClient()
    const content = randomBytes(300_000)
    const stream = createReadStream(await file('stream.bin', content))
    const { bytes } = await store(await Artifact.from(stream, { client }), destination)
    expect(bytes).toEqual(content)
  })

  test('a buffer that the stream fills again and again is copied in between', async () => {
    const { client, destination } = memoryClient()
    const { bytes } = await store(await Artifact.from(reusing(), { client }), destination)
    expect(String(bytes)).toBe('abcdefghijkl')
  })

  test.each([
    ['an iterable that waits for nothing', () => inMemory(64)],
    ['a stream of what is in memory already', () => Readable.from(inMemory(64))],
    ['an iterable of empty chunks', () => inMemory(200_000, 0)],
    ['a body of one chunk', () => new Response(new Uint8Array(64 * MEBIBYTE))],
  ])('%s does not keep the event loop from its turns', async (_, data) => {
    const { client } = memoryClient()
    let turns = 0
    const count = (): void => {
      turns += 1
      counting = setImmediate(count)
    }
    const input = data()
    let counting = setImmediate(count)
    await Artifact.from(input, { client })
    clearImmediate(counting)
    expect(turns).toBeGreaterThan(1)
  })

  test('a stream over the limit has its digest and size, but is not kept', async () => {
    const { client } = memoryClient({ maxArtifactBytes: 10 })
    const artifact = await Artifact.from(elevenBytes(), { client })
    expect(artifact.reference()).toMatchObject({ sha256: sha256('0123456789x'), size_bytes: 11, dropped: 'too_large' })
    expect(client.stats()).toMatchObject({ dropped: { too_large: 1 }, queuedBytes: 0 })
  })

  test('a stream that outgrows the memory budget is dropped, unless it is awaited', async () => {
    const { client, destination } = memoryClient({ maxQueueBytes: 10 })
    expect((await Artifact.from(elevenBytes(), { client })).reference().dropped).toBe('queue_full')
    const { bytes } = await store(await Artifact.from(elevenBytes(), { client, upload: 'sync' }), destination)
    expect(String(bytes)).toBe('0123456789x')
  })

  test('a file over the memory budget is stored all the same: it is not in memory', async () => {
    const { client, destination } = memoryClient({ maxQueueBytes: 10 })
    const content = randomBytes(100_000)
    const artifact = await Artifact.fromFile(await file('large.bin', content), { client })
    expect((await store(artifact, destination)).bytes).toEqual(content)
  })
})

describe('data that cannot be read', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  const cases: [name: string, code: string, dropped: string, make: (options: ArtifactOptions) => Promise<Artifact>][] =
    [
      ['a missing file', 'file_not_found', 'file_not_found', (o) => Artifact.fromFile(join(directory, 'none'), o)],
      ['a missing file: URL', 'file_not_found', 'file_not_found', (o) => Artifact.from(new URL('file:///none/x'), o)],
      ['a foreign file: URL', 'file_not_found', 'file_not_found', (o) => Artifact.from(new URL('file://host/x'), o)],
      ['a directory', 'not_a_file', 'not_a_file', (o) => Artifact.fromFile(directory, o)],
      ['a device', 'not_a_file', 'not_a_file', (o) => Artifact.fromFile('/dev/zero', o)],
      ['a stream that fails half way', 'source_failed', 'unreadable', (o) => Artifact.from(failing(), o)],
      ['a stream of objects', 'unsupported_chunk', 'unreadable', (o) => Artifact.from(Readable.from([{ a: 1 }]), o)],
      [
        'a promise that rejects',
        'source_failed',
        'unreadable',
        (o) => Artifact.from(Promise.reject(new Error('no')), o),
      ],
      ['a cyclic object', 'not_serializable', 'not_serializable', (o) => Artifact.from(cycle, o)],
      [
        'a body that was read already',
        'body_already_read',
        'unreadable',
        async (o) => {
          const response = new Response('x')
          await response.text()
          return Artifact.from(response, o)
        },
      ],
    ]

  test.each(cases)('%s gives a dropped reference in the background', async (_, __, dropped, make) => {
    const { client, destination } = memoryClient()
    const artifact = await make({ client })
    expect(artifact.reference()).toMatchObject({ sha256: EMPTY_SHA256, size_bytes: 0, dropped })
    expect(parseArtifactReference(artifact)).toBeDefined()
    await expect(artifact.uploaded).rejects.toMatchObject({ code: dropped })
    expect(destination.artifacts.size).toBe(0)
    expect(client.stats()).toMatchObject({ accepted: 1, dropped: { [dropped]: 1 }, queuedBytes: 0 })
  })

  test.each(cases)('%s rejects with an ArtifactError in sync mode', async (_, code, __, make) => {
    const { client } = memoryClient()
    const failure: unknown = await make({ client, upload: 'sync' }).catch((error: unknown) => error)
    expect(ArtifactError.isInstance(failure)).toBe(true)
    expect(failure).toMatchObject({ code })
  })

  test('data that has to be read is refused by the constructor, which says what to call instead', () => {
    const { client } = memoryClient()
    expect(new Artifact(new Blob(['x']), { client }).reference().dropped).toBe('unreadable')
    expect(() => new Artifact(new Blob(['x']), { client, upload: 'sync' })).toThrow(/Artifact\.from/)
  })
})

describe('content that changes after it was recorded is never stored', () => {
  test('a buffer', async () => {
    const { client, destination } = memoryClient()
    const buffer = Buffer.from(png)
    const artifact = new Artifact(buffer, { client })
    const { sha256: recorded } = artifact.reference()
    buffer[0] = 0
    await expect(artifact.uploaded).rejects.toMatchObject({ code: 'source_changed' })
    expect(destination.artifacts.size).toBe(0)
    expect(client.stats().failed).toEqual({ source_changed: 1 })
    expect(recorded).toBe(sha256(png))
  })

  test.each(['own', 'objectStore'] as const)(
    'a buffer that is written to while it is sent (uploads: %s)',
    async (uploads) => {
      const { client, broker } = await brokerClient({}, { uploads })
      const buffer = randomBytes(2 * 1024 * 1024)
      const artifact = new Artifact(buffer, { client })
      artifact.reference()
      // Every turn of the loop, all over: whatever is still to be sent differs from what was hashed.
      let isOver = false
      const scribble = (): void => {
        for (let offset = 0; offset < buffer.length; offset += 1024) buffer[offset] = (buffer[offset] ?? 0) + 1
        if (!isOver) setImmediate(scribble)
      }
      scribble()
      await expect(artifact.uploaded).rejects.toMatchObject({ code: 'source_changed' })
      isOver = true
      expect(await broker.stored()).toEqual([])
    },
  )

  test.each([
    ['broker', 'own', 422, '{"error":{"code":"digest_mismatch","message":"other bytes"}}'],
    ['object store', 'objectStore', 400, '<Error><Code>BadDigest</Code></Error>'],
    ['object store', 'objectStore', 400, '<Error><Code>XAmzContentChecksumMismatch</Code></Error>'],
  ] as const)('a buffer whose change the %s alone saw', async (_, uploads, status, body) => {
    const { client, broker } = await brokerClient({}, { uploads })
    await broker.script('put', [{ kind: 'status', status, body }])
    await expect(new Artifact(randomBytes(2000), { client }).uploaded).rejects.toMatchObject({ code: 'source_changed' })
    expect(client.stats().failed).toEqual({ source_changed: 1 })
  })

  test('shared memory, sent to a broker', async () => {
    const { client, broker } = await brokerClient()
    const shared = new Uint8Array(new SharedArrayBuffer(300_000)).fill(7)
    await new Artifact(shared, { client }).uploaded
    expect(await broker.stored()).toMatchObject([{ sizeBytes: 300_000, sha256: sha256(Buffer.from(shared)) }])
  })

  test.each([
    ['of the same length', randomBytes(2000)],
    ['shorter', randomBytes(10)],
    ['longer', randomBytes(5000)],
  ])('a file that was overwritten, %s', async (_, other) => {
    const { client, destination } = memoryClient()
    const path = await file('changing.bin', randomBytes(2000))
    const artifact = await Artifact.fromFile(path, { client })
    await writeFile(path, other)
    await expect(artifact.uploaded).rejects.toMatchObject({ code: 'source_changed' })
    expect(destination.artifacts.size).toBe(0)
  })

  test('a file that was removed', async () => {
    const { client } = memoryClient()
    const path = await file('going.bin', randomBytes(2000))
    const artifact = await Artifact.fromFile(path, { client })
    await rm(path)
    await expect(artifact.uploaded).rejects.toMatchObject({ code: 'source_changed' })
  })

  test('a buffer that was handed to a worker while it was hashed', async () => {
    const { client } = memoryClient()
    const buffer = new ArrayBuffer(3 * MEBIBYTE)
    const artifact = new Artifact(buffer, { client })
    const ready = artifact.referenceWhenReady()
    structuredClone(buffer, { transfer: [buffer] })
    await expect(ready).resolves.toMatchObject({ size_bytes: 3 * MEBIBYTE })
    await expect(artifact.uploaded).rejects.toMatchObject({ code: 'source_changed' })
  })

  test('a chunk that was handed to a worker while it was read', async () => {
    const { client } = memoryClient()
    expect((await Artifact.from(handedOver(), { client })).reference().dropped).toBe('unreadable')
  })

  test('a buffer that is recorded again after it was filled with something else has its new digest', async () => {
    const { client, destination } = memoryClient()
    const buffer = randomBytes(64 * 1024)
    await new Artifact(buffer, { client }).uploaded
    randomBytes(64 * 1024).copy(buffer)
    const { bytes } = await store(new Artifact(buffer, { client }), destination)
    expect(bytes).toEqual(buffer)
  })
})

test('a special file never blocks: a directory inside of a path is told from a missing one', async () => {
  const { client } = memoryClient()
  await mkdir(join(directory, 'inner'), { recursive: true })
  const path = join(await file('plain', 'x'), 'below')
  await expect(Artifact.fromFile(path, { client, upload: 'sync' })).rejects.toMatchObject({ code: 'file_not_found' })
})

test('an artifact is known as one across copies of the package', () => {
  expect(Artifact.isInstance(new Artifact('x'))).toBe(true)
  expect(Artifact.isInstance({ 'logfire.artifact': {} })).toBe(false)
  expect(Artifact.isInstance(null)).toBe(false)
})

test('nobody has to handle a failed upload', async () => {
  const unhandled: unknown[] = []
  const listener = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', listener)
  onTestFinished(() => void process.off('unhandledRejection', listener))
  const { client } = memoryClient({ maxArtifactBytes: 1 })
  const artifact = new Artifact('too large', { client })
  artifact.reference()
  void artifact.uploaded
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(unhandled).toEqual([])
  await expect(artifact.uploaded).rejects.toSatisfy((error) => ArtifactUploadError.isInstance(error))
})

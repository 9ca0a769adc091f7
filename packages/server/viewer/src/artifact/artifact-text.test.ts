import { randomBytes } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { createGunzip, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artifactKind, artifactKindName, mediaType } from './artifact-kind.js'
import { explainDropped } from './dropped-reason.js'
import { splitIntoBlocks } from './text-blocks.js'
import { canDecode, isIdentity } from './content-encoding.js'
import { openTextReader, type TextReader } from './text-reader.js'

describe('the kind of an artifact', () => {
  test.each([
    ['image/png', 'image'],
    ['IMAGE/JPEG; q=1', 'image'],
    ['image/svg+xml', 'svg'],
    ['image/tiff', 'binary'],
    ['audio/mpeg', 'audio'],
    ['video/webm;codecs="vp8"', 'video'],
    ['application/pdf', 'pdf'],
    ['application/json; charset=utf-8', 'json'],
    ['application/problem+json', 'json'],
    ['application/x-ndjson', 'text'],
    ['text/html', 'text'],
    ['application/xml', 'text'],
    ['application/atom+xml', 'text'],
    ['application/x-www-form-urlencoded', 'form'],
    ['application/octet-stream', 'binary'],
    ['', 'binary'],
  ] as const)('%j is %s', (contentType, kind) => {
    expect(artifactKind(contentType)).toBe(kind)
  })

  test('has a word', () => {
    expect(artifactKindName('svg')).toBe('image')
    expect(mediaType(' Text/HTML ; charset=x')).toBe('text/html')
  })
})

test('a reason for dropping is explained, and an unknown one shown as it is', () => {
  expect(explainDropped('too_large')).toContain('limit')
  expect(explainDropped('cosmic_rays')).toBe('cosmic rays')
  expect(explainDropped('toString')).toBe('toString')
})

describe('blocks of text', () => {
  test('make up the text again, and none is large', () => {
    const anyText = fc.string({ unit: fc.constantFrom('a', 'ž', '\n', '📷', ' '), maxLength: 60_000 })
    fc.assert(
      fc.property(anyText, (text) => {
        const blocks = splitIntoBlocks(text)
        expect(blocks.join('')).toBe(text)
        for (const block of blocks) {
          expect(block.length).toBeLessThanOrEqual(12_001)
          expect(block.isWellFormed()).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('end at line ends', () => {
    const blocks = splitIntoBlocks(`${'x'.repeat(100)}\n`.repeat(1000))
    expect(blocks.length).toBeGreaterThan(5)
    expect(blocks.every((block) => block.endsWith('\n'))).toBe(true)
  })
})

const readAll = async (reader: TextReader): Promise<{ text: string; steps: number }> => {
  let text = ''
  for (let steps = 1; ; steps += 1) {
    const piece = await reader.next()
    text += piece.text
    if (piece.done) return { text, steps }
  }
}

describe('reading an artifact as text', () => {
  const plain = 'žluťoučký kůň 📷\n'.repeat(3000)
  const bytes = Buffer.from(plain)
  const bodies = new Map<string, Buffer>([
    ['/plain', bytes],
    ['/gzip', gzipSync(bytes)],
    ['/cut', gzipSync(Buffer.concat([bytes, randomBytes(2_000_000)])).subarray(0, 1_000_000)],
    // A sixtieth of a percent of what it unpacks to.
    ['/bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024))],
    ['/broken', Buffer.from('not gzip at all')],
    ['/latin1', Buffer.from('caf\u00e9', 'latin1')],
  ])
  const seenRanges: string[] = []
  let decodedBytes = 0
  /** Decodes as the server does, and cuts the connection where it cannot. */
  const decode = (body: Buffer, response: ServerResponse): void => {
    const decoder = createGunzip()
    decoder.on('data', (chunk: Buffer) => (decodedBytes += chunk.length))
    pipeline(Readable.from([body]), decoder, response, () => {})
  }
  let server: Server
  let base = ''

  beforeAll(async () => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const body = bodies.get(url.pathname)
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
      if (body === undefined) return response.writeHead(404).end('{"error":{"code":"not_found","message":"not found"}}')
      if (url.searchParams.get('content_encoding') === 'gzip') return decode(body, response)
      if (range === null || url.searchParams.has('whole')) return response.writeHead(200).end(body)
      seenRanges.push(range[0])
      return response.writeHead(206).end(body.subarray(Number(range[1]), Number(range[2]) + 1))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (typeof address === 'object' && address !== null) base = `http://127.0.0.1:${address.port}`
  })

  afterAll(() => {
    server.close()
  })

  test('goes by ranges, and a character cut in two is whole again', async () => {
    seenRanges.length = 0
    const options = { sizeBytes: bytes.length, contentType: 'text/plain', chunkBytes: 10_001 }
    const { text, steps } = await readAll(openTextReader(`${base}/plain`, options))
    expect(text === plain).toBe(true)
    expect(steps).toBe(Math.ceil(bytes.length / 10_001))
    expect(seenRanges[0]).toBe('bytes=0-10000')
    expect(seenRanges.at(-1)).toMatch(new RegExp(`-${bytes.length - 1}$`))
  })

  test('copes with a server that sends everything', async () => {
    const options = { sizeBytes: bytes.length, contentType: 'text/plain', chunkBytes: 10_001 }
    const { text } = await readAll(openTextReader(`${base}/plain?whole`, options))
    expect(text === plain).toBe(true)
  })

  test('has the server unpack what is compressed', async () => {
    const sizeBytes = bodies.get('/gzip')?.length ?? 0
    const options = { sizeBytes, contentType: 'text/plain', contentEncoding: 'gzip', chunkBytes: 5000 }
    const { text, steps } = await readAll(openTextReader(`${base}/gzip`, options))
    expect(text === plain).toBe(true)
    expect(steps).toBeGreaterThan(1)
  })

  test('unpacks gzip that nobody called gzip', async () => {
    const options = { sizeBytes: bodies.get('/gzip')?.length ?? 0, contentType: 'text/plain' }
    expect((await readAll(openTextReader(`${base}/gzip`, options))).text === plain).toBe(true)
  })

  test('unpacks no more than was asked for', async () => {
    const options = { sizeBytes: 65_000, contentType: 'text/plain', contentEncoding: 'gzip', chunkBytes: 1024 }
    const reader = openTextReader(`${base}/bomb`, options)
    const first = await reader.next()
    reader.close()
    expect(first.done).toBe(false)
    expect(first.loadedBytes).toBeLessThan(1024 * 1024)
    // What the buffers on the way hold, out of 64 MiB.
    expect(decodedBytes).toBeLessThan(32 * 1024 * 1024)
  })

  test('says so when the server cuts off what it was unpacking, and keeps what came before', async () => {
    const options = { sizeBytes: 1_000_000, contentType: 'text/plain', contentEncoding: 'gzip', chunkBytes: 10_000 }
    const reader = openTextReader(`${base}/cut`, options)
    expect((await reader.next()).text).toContain('žluťoučký kůň')
    await expect(readAll(reader)).rejects.toThrow(/^The rest did not come: .* damaged, or they unpack to more than/)
  })

  test('fails on what is not there', async () => {
    const missing = openTextReader(`${base}/nowhere`, { sizeBytes: 15, contentType: 'text/plain' })
    await expect(missing.next()).rejects.toMatchObject({ status: 404, code: 'not_found' })
  })

  test('honours the charset, and takes UTF-8 where there is no such', async () => {
    const western = openTextReader(`${base}/latin1`, { sizeBytes: 4, contentType: 'text/plain; charset=ISO-8859-1' })
    expect((await readAll(western)).text).toBe('café')
    const unheardOf = openTextReader(`${base}/latin1`, { sizeBytes: 4, contentType: 'text/plain; charset=no-such' })
    expect((await readAll(unheardOf)).text).toBe('caf\uFFFD')
  })

  test('of nothing asks for nothing', async () => {
    const { text } = await readAll(openTextReader(`${base}/nowhere`, { sizeBytes: 0, contentType: 'text/plain' }))
    expect(text).toBe('')
  })
})

test.each([
  [undefined, true, true],
  [null, true, true],
  ['', true, true],
  ['identity', true, true],
  ['GZip', false, true],
  ['x-gzip', false, true],
  ['deflate', false, true],
  ['gzip, br , zstd', false, true],
  ['gzip, gzip, gzip, gzip', false, false],
  ['compress', false, false],
  ['gzip, secret', false, false],
])('of the content coding %j: is it none, can it be undone', (contentEncoding, none, undone) => {
  expect([isIdentity(contentEncoding), canDecode(contentEncoding)]).toEqual([none, undone])
})

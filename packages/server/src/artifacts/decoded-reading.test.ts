import { randomBytes } from 'node:crypto'
import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
  type InputType,
} from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exchange, exchangeJson } from '../testing/http-exchange.js'
import { storeArtifact, testServer } from '../testing/test-server.js'
import { openWire } from '../testing/wire.js'

const mebibyte = 1024 * 1024
const basePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
const text = JSON.stringify(Array.from({ length: 2000 }, (_, id) => ({ id, name: `žluťoučký kůň ${id}` })))

const encoders: Readonly<Record<string, (content: InputType) => Buffer>> = {
  gzip: (content) => gzipSync(content),
  'x-gzip': (content) => gzipSync(content),
  deflate: (content) => deflateSync(content),
  br: brotli,
  zstd: (content) => zstdCompressSync(content),
}

const address = (url: string, sha256: string, contentEncoding: string, more = ''): string =>
  `${url}/v1/artifacts/${sha256}/blob?content_encoding=${encodeURIComponent(contentEncoding)}${more}`

describe('the bytes of an artifact are decoded for whoever says how they are encoded', () => {
  test.each<[string, Buffer]>([
    ...Object.entries(encoders).map(([name, encode]): [string, Buffer] => [name, encode(text)]),
    ['GZip', gzipSync(text)],
    ['identity, gzip', gzipSync(text)],
    ['deflate', deflateRawSync(text)],
    ['gzip, br', brotli(gzipSync(text))],
    ['br,zstd , gzip', gzipSync(zstdCompressSync(brotli(text)))],
  ])('%s', async (contentEncoding, bytes) => {
    const { url } = await testServer()
    const sha256 = await storeArtifact(url, bytes, { contentType: 'application/json', filename: 'list.json' })
    const answer = await exchange(address(url, sha256, contentEncoding))
    expect(answer.status).toBe(200)
    expect(answer.text).toBe(text)
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(Buffer.byteLength(text)),
      'content-disposition': `inline; filename="list.json"; filename*=UTF-8''list.json`,
      'content-security-policy': `${basePolicy}; sandbox`,
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'private, no-transform',
      'accept-ranges': 'none',
    })
    expect(answer.headers).not.toHaveProperty('content-encoding')
    // Nobody who does not ask gets anything but what was stored.
    expect((await exchange(address(url, sha256, ' identity'))).body.equals(bytes)).toBe(true)
    expect((await exchange(`${url}/v1/artifacts/${sha256}/blob`)).body.equals(bytes)).toBe(true)
  })

  test('any bytes, through any two codings', async () => {
    const { url } = await testServer()
    const coding = fc.constantFrom(...Object.keys(encoders))
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 5000 }),
        coding,
        coding,
        async (bytes, first, second) => {
          const encoded = encoders[second]!(encoders[first]!(bytes))
          const sha256 = await storeArtifact(url, encoded, { contentType: 'application/octet-stream' })
          const answer = await exchange(address(url, sha256, `${first}, ${second}`))
          expect(answer.body.equals(bytes)).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('content of many megabytes, as a stream', async () => {
    const { url } = await testServer()
    const bytes = randomBytes(6 * mebibyte)
    const sha256 = await storeArtifact(url, gzipSync(bytes, { level: 1 }), { contentType: 'application/octet-stream' })
    const answer = await exchange(address(url, sha256, 'gzip'))
    expect(answer.body.equals(bytes)).toBe(true)
    expect(answer.headers).toMatchObject({ 'transfer-encoding': 'chunked' })
    expect(answer.headers).not.toHaveProperty('content-length')
  })

  test('nothing at all', async () => {
    const { url } = await testServer()
    const nothing = await storeArtifact(url, '', { contentType: 'text/plain' })
    const gzippedNothing = await storeArtifact(url, gzipSync(''), { contentType: 'text/plain' })
    for (const sha256 of [nothing, gzippedNothing]) {
      const answer = await exchange(address(url, sha256, 'gzip'))
      expect([answer.status, answer.body.length, answer.headers['content-length']]).toEqual([200, 0, '0'])
    }
  })
})

test('decoded content is served as its own bytes allow, not as the encoded ones do', async () => {
  const { url } = await testServer()
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  const serve = async (bytes: Buffer, contentType: string): Promise<unknown[]> => {
    const sha256 = await storeArtifact(url, bytes, { contentType })
    const { headers } = await exchange(address(url, sha256, 'gzip'))
    return [headers['content-type'], String(headers['content-disposition']).split(';')[0]]
  }
  expect(await serve(gzipSync(png), 'image/png')).toEqual(['image/png', 'inline'])
  expect(await serve(gzipSync('<script>alert(1)</script>'), 'image/png')).toEqual([
    'application/octet-stream',
    'attachment',
  ])
  expect(await serve(gzipSync('<script>alert(1)</script>'), 'text/html')).toEqual([
    'application/octet-stream',
    'attachment',
  ])
})

test('there are no ranges of decoded content', async () => {
  const { url } = await testServer()
  const sha256 = await storeArtifact(url, gzipSync('0123456789'))
  for (const range of ['bytes=2-3', 'bytes=900-', 'bytes=x']) {
    const answer = await exchange(address(url, sha256, 'gzip'), { headers: { range } })
    expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([200, '0123456789', undefined])
  }
})

test('each way to decode has an entity tag of its own', async () => {
  const { url } = await testServer()
  const sha256 = await storeArtifact(url, gzipSync(gzipSync('twice')))
  const tags = new Map<string, string>()
  for (const query of [
    '',
    '?content_encoding=gzip',
    '?content_encoding=gzip,gzip',
    '?content_encoding=gzip&truncated=true',
  ]) {
    const blobUrl = `${url}/v1/artifacts/${sha256}/blob${query}`
    const etag = String((await exchange(blobUrl)).headers.etag)
    tags.set(etag, query)
    const again = await exchange(blobUrl, { headers: { 'if-none-match': etag } })
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag])
    expect((await exchange(blobUrl, { headers: { 'if-none-match': '"another"' } })).status).toBe(200)
  }
  expect(tags.size).toBe(4)
})

test('HEAD tells all that GET does, without the bytes', async () => {
  const { url } = await testServer()
  for (const content of [Buffer.from('short'), randomBytes(2 * mebibyte)]) {
    const sha256 = await storeArtifact(url, gzipSync(content))
    const get = await exchange(address(url, sha256, 'gzip'))
    const head = await exchange(address(url, sha256, 'gzip'), { method: 'HEAD' })
    // Which HEAD need not tell (RFC 9112, section 6.1).
    const { date: _getDate, 'transfer-encoding': _framing, ...getHeaders } = get.headers
    const { date: _headDate, ...headHeaders } = head.headers
    expect([head.status, head.body.length, headHeaders]).toEqual([200, 0, getHeaders])
  }
})

describe('refused is', () => {
  test.each(['compress', 'gzip;q=1', 'gzip, secret-coding', 'gzip,gzip,gzip,gzip', '__proto__', 'constructor'])(
    'the coding %s',
    async (contentEncoding) => {
      const { url } = await testServer()
      const sha256 = await storeArtifact(url, 'plain')
      const answer = await exchange(address(url, sha256, contentEncoding))
      expect([answer.status, answer.json().error.code]).toEqual([400, 'invalid_request'])
      expect(answer.json().error.message).toMatch(/^content_encoding: must be at most 3 of gzip, .*br, zstd/)
    },
  )

  test('a truncated that is neither true nor false', async () => {
    const { url } = await testServer()
    const sha256 = await storeArtifact(url, 'plain')
    const answer = await exchange(address(url, sha256, 'gzip', '&truncated=1'))
    expect([answer.status, answer.json().error.message]).toEqual([400, 'truncated: must be true or false'])
  })

  test.each<[string, string, Buffer]>([
    ['plain text that calls itself gzip', 'gzip', Buffer.from('not gzip at all')],
    ['plain text that calls itself deflate', 'deflate', Buffer.from('not deflate at all')],
    ['plain text that calls itself brotli', 'br', Buffer.from('not brotli at all, surely not')],
    ['plain text that calls itself zstd', 'zstd', Buffer.from('not zstd at all')],
    ['gzip that calls itself brotli', 'br', gzipSync(text)],
    ['gzip inside of something else', 'gzip, gzip', gzipSync(text)],
    ...Object.entries(encoders).map(([name, encode]): [string, string, Buffer] => [
      `${name} without its end`,
      name,
      encode(text).subarray(0, -9),
    ]),
    ['gzip with a wrong checksum', 'gzip', withLastBytes(gzipSync(text), '00000000')],
    [
      'zstd that wants a larger window than HTTP allows',
      'zstd',
      zstdCompressSync(Buffer.alloc(20 * mebibyte, 'ab'), {
        params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_enableLongDistanceMatching]: 1 },
      }),
    ],
  ])('%s', async (_, contentEncoding, bytes) => {
    const { url, log } = await testServer()
    const sha256 = await storeArtifact(url, bytes)
    const answer = await exchange(address(url, sha256, contentEncoding))
    expect([answer.status, answer.json().error.code, answer.json().error.retryable]).toEqual([
      422,
      'not_decodable',
      false,
    ])
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    expect((await exchange(address(url, sha256, contentEncoding), { method: 'HEAD' })).status).toBe(422)
    // It is the sender's mistake, not the server's.
    expect(log.filter((line) => line.includes('blob'))).toEqual([])
  })

  test.each<[string, string, () => Buffer]>([
    ['brotli', 'br', () => brotli(Buffer.alloc(64 * mebibyte))],
    ['zstd', 'zstd', () => zstdCompressSync(Buffer.alloc(64 * mebibyte))],
    ['gzip in gzip', 'gzip, gzip', () => gzipSync(gzipSync(Buffer.alloc(64 * mebibyte)))],
    // Two million deflate blocks that hold nothing, so that the inner stream takes and takes and gives nothing.
    ['gzip that hides in nothing', 'deflate, gzip', () => gzipSync(deflateRawOfNothing(2_000_000))],
  ])('a bomb in %s, before the first byte goes out', async (_, contentEncoding, makeBomb) => {
    const { url } = await testServer()
    const bomb = makeBomb()
    expect(bomb.length).toBeLessThan(20_000)
    const sha256 = await storeArtifact(url, bomb)
    const answer = await exchange(address(url, sha256, contentEncoding))
    expect([answer.status, answer.json().error.code]).toEqual([413, 'decoded_too_large'])
  })

  test('a bomb in gzip, as soon as it is one: the connection is cut, so that a part is not taken for the whole', async () => {
    const { url, log } = await testServer()
    const bomb = gzipSync(Buffer.alloc(64 * mebibyte))
    const sha256 = await storeArtifact(url, bomb)
    const wire = await openWire(url)
    const path = `/v1/artifacts/${sha256}/blob?content_encoding=gzip`
    wire.write(`GET ${path} HTTP/1.1\r\nhost: ${new URL(url).host}\r\n\r\n`)
    const received = await wire.closed()
    expect(received).toMatch(/^HTTP\/1.1 200 OK/)
    expect(received.length).toBeGreaterThan(mebibyte)
    // Two hundred times what is stored, and the frames of the chunks around it.
    expect(received.length).toBeLessThan(bomb.length * 201)
    expect(received.endsWith('0\r\n\r\n')).toBe(false)
    expect(log.filter((line) => line.includes('blob'))).toEqual([])
  })

  test('an artifact that is damaged far inside: the connection is cut', async () => {
    const { url } = await testServer()
    const bytes = gzipSync(randomBytes(4 * mebibyte))
    bytes.fill(0, 3 * mebibyte, 3 * mebibyte + 100)
    const sha256 = await storeArtifact(url, bytes)
    await expect(exchange(address(url, sha256, 'gzip'))).rejects.toMatchObject({ code: 'ECONNRESET' })
    // And the next one is answered as ever.
    expect((await exchange(address(url, sha256, 'gzip'), { method: 'HEAD' })).status).toBe(200)
  })
})

describe('what was cut off before it was stored is decoded as far as it goes', () => {
  test.each(Object.entries(encoders))('%s', async (contentEncoding, encode) => {
    const { url } = await testServer()
    const plain = randomBytes(300_000).toString('base64')
    const bytes = encode(plain)
    const sha256 = await storeArtifact(url, bytes.subarray(0, bytes.length / 2))
    const refused = await exchange(address(url, sha256, contentEncoding))
    expect(refused.status).toBe(422)
    const answer = await exchange(address(url, sha256, contentEncoding, '&truncated=true'))
    expect(answer.status).toBe(200)
    expect(answer.text.length).toBeGreaterThan(plain.length / 4)
    expect(plain.startsWith(answer.text)).toBe(true)
  })

  test('but damage is no cut', async () => {
    const { url } = await testServer()
    const sha256 = await storeArtifact(url, 'not gzip at all')
    expect((await exchange(address(url, sha256, 'gzip', '&truncated=true'))).status).toBe(422)
  })
})

test('a reader that goes away in the middle does not disturb the server', async () => {
  const { url, log } = await testServer()
  const sha256 = await storeArtifact(url, gzipSync(Buffer.alloc(9 * mebibyte, randomBytes(5000)), { level: 1 }))
  const wire = await openWire(url)
  wire.write(`GET /v1/artifacts/${sha256}/blob?content_encoding=gzip HTTP/1.1\r\nhost: ${new URL(url).host}\r\n\r\n`)
  await wire.until('200 OK')
  wire.reset()
  expect((await exchange(address(url, sha256, 'gzip'))).body).toHaveLength(9 * mebibyte)
  expect(log.filter((line) => line.includes('GET'))).toEqual([])
})

test('an artifact and a list of traces tell how the bytes are encoded, where a reference does', async () => {
  const { url } = await testServer()
  const sha256 = await storeArtifact(url, gzipSync(text))
  const reference = { sha256, size_bytes: 1, content_type: 'text/plain', content_encoding: 'gzip', truncated: true }
  const value = { stringValue: JSON.stringify({ 'logfire.artifact': reference }) }
  const plain = { stringValue: JSON.stringify({ 'logfire.artifact': { ...reference, content_encoding: undefined } }) }
  const spans = [
    requestSpan('1'.repeat(16), [{ key: 'body', value: plain }]),
    requestSpan('2'.repeat(16), [{ key: 'body', value }]),
  ]
  await exchangeJson(`${url}/v1/traces`, { resourceSpans: [{ scopeSpans: [{ spans }] }] })
  const { references } = (await exchange(`${url}/v1/artifacts/${sha256}`)).json()
  expect(references).toMatchObject([{ key: 'body', content_encoding: 'gzip', truncated: true }, { key: 'body' }])
  expect(references[1]).not.toHaveProperty('content_encoding')
  const { traces } = (await exchange(`${url}/v1/traces`)).json()
  expect(traces[0].artifacts[0]).toMatchObject({ sha256, state: 'ready', content_encoding: 'gzip' })
})

function requestSpan(spanId: string, attributes: unknown[]): object {
  return {
    traceId: 'a'.repeat(32),
    spanId,
    name: 'request',
    kind: 2,
    startTimeUnixNano: `${spanId[0]}000000000`,
    endTimeUnixNano: '9000000000',
    attributes,
  }
}

/** With the least effort: the best takes seconds. */
function brotli(content: InputType): Buffer {
  return brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } })
}

function withLastBytes(bytes: Buffer, hex: string): Buffer {
  const end = Buffer.from(hex, 'hex')
  return Buffer.concat([bytes.subarray(0, -8), end, bytes.subarray(-4)])
}

/** A deflate stream of so many stored blocks of no bytes (RFC 1951, section 3.2.4). */
function deflateRawOfNothing(blocks: number): Buffer {
  const empty = Buffer.from('000000ffff', 'hex')
  return Buffer.concat([Buffer.alloc(empty.length * blocks, empty), Buffer.from('010000ffff', 'hex')])
}

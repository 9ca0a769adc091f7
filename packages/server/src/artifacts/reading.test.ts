import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileBlobStore } from '../storage/file-blob-store.js'
import { openSqliteCatalog } from '../storage/sqlite-catalog.js'
import { exchange } from '../testing/http-exchange.js'
import { blobFiles, storeArtifact, testServer } from '../testing/test-server.js'
import { openWire } from '../testing/wire.js'

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const text = (start: string): Buffer => Buffer.from(start.padEnd(40), 'latin1')
const basePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

test('every answer with the bytes of an artifact carries the protective headers', async () => {
  const { url } = await testServer()
  const sha256 = await storeArtifact(url, 'hello world')
  const blobUrl = `${url}/v1/artifacts/${sha256}/blob`
  const answers = [
    await exchange(blobUrl),
    await exchange(blobUrl, { method: 'HEAD' }),
    await exchange(blobUrl, { headers: { range: 'bytes=1-2' } }),
    await exchange(blobUrl, { headers: { 'if-none-match': `"${sha256}"` } }),
  ]
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 206, 304])
  for (const { headers } of answers) {
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'private, no-transform',
      'accept-ranges': 'bytes',
      etag: `"${sha256}"`,
      'content-security-policy': `${basePolicy}; sandbox`,
    })
  }
})

test.each([
  ['image/png', png, 'image/png', 'inline', "img-src 'self'; sandbox"],
  ['IMAGE/PNG; x=y', png, 'image/png', 'inline', "img-src 'self'; sandbox"],
  ['image/jpeg', text('\u00FF\u00D8\u00FF\u00E0'), 'image/jpeg', 'inline', "img-src 'self'; sandbox"],
  ['image/jpg', text('\u00FF\u00D8\u00FF\u00E0'), 'image/jpeg', 'inline', "img-src 'self'; sandbox"],
  ['image/gif', text('GIF89a'), 'image/gif', 'inline', "img-src 'self'; sandbox"],
  ['image/webp', text('RIFF....WEBPVP8 '), 'image/webp', 'inline', "img-src 'self'; sandbox"],
  ['image/avif', text('\0\0\0\u001Cftypavif'), 'image/avif', 'inline', "img-src 'self'; sandbox"],
  ['audio/mpeg', text('ID3\u0004'), 'audio/mpeg', 'inline', "media-src 'self'"],
  ['audio/mp3', text('\u00FF\u00FB\u0090'), 'audio/mpeg', 'inline', "media-src 'self'"],
  ['audio/x-wav', text('RIFF....WAVEfmt '), 'audio/wav', 'inline', "media-src 'self'"],
  ['audio/ogg', text('OggS'), 'audio/ogg', 'inline', "media-src 'self'"],
  ['audio/flac', text('fLaC'), 'audio/flac', 'inline', "media-src 'self'"],
  ['audio/aac', text('\u00FF\u00F1'), 'audio/aac', 'inline', "media-src 'self'"],
  ['video/mp4', text('\0\0\0\u0018ftypmp42'), 'video/mp4', 'inline', "media-src 'self'"],
  ['video/webm', text('\u001AE\u00DF\u00A3'), 'video/webm', 'inline', "media-src 'self'"],
  ['application/pdf', text('%PDF-1.7'), 'application/pdf', 'inline', "object-src 'self'"],
  ['image/svg+xml', text('<svg xmlns="…"/>'), 'image/svg+xml', 'attachment', 'sandbox'],
  ['application/json', text('{"a": 1}'), 'text/plain; charset=utf-8', 'inline', 'sandbox'],
  ['application/problem+json', text('{}'), 'text/plain; charset=utf-8', 'inline', 'sandbox'],
  ['text/plain; charset=utf-16', text('plain'), 'text/plain; charset=utf-8', 'inline', 'sandbox'],
  ['text/css', text('a{}'), 'text/plain; charset=utf-8', 'inline', 'sandbox'],
  ['text/csv', text('a,b'), 'text/plain; charset=utf-8', 'inline', 'sandbox'],
  ['text/html', text('<script>alert(1)</script>'), 'application/octet-stream', 'attachment', 'sandbox'],
  ['application/xhtml+xml', text('<html/>'), 'application/octet-stream', 'attachment', 'sandbox'],
  ['text/xml', text('<?xml version="1.0"?>'), 'application/octet-stream', 'attachment', 'sandbox'],
  ['text/javascript', text('alert(1)'), 'application/octet-stream', 'attachment', 'sandbox'],
  ['application/javascript', text('alert(1)'), 'application/octet-stream', 'attachment', 'sandbox'],
  ['application/x-msdownload', text('MZ'), 'application/octet-stream', 'attachment', 'sandbox'],
  ['nonsense', text('?'), 'application/octet-stream', 'attachment', 'sandbox'],
  ['__proto__', text('?'), 'application/octet-stream', 'attachment', 'sandbox'],
  // What the bytes do not bear out is not believed.
  ['image/png', text('<script>alert(1)</script>'), 'application/octet-stream', 'attachment', 'sandbox'],
  ['application/pdf', text('<html>'), 'application/octet-stream', 'attachment', 'sandbox'],
  ['image/svg+xml', text('not markup'), 'application/octet-stream', 'attachment', 'sandbox'],
  ['text/plain', text('a\0b'), 'application/octet-stream', 'attachment', 'sandbox'],
])('%s is served as its bytes allow', async (contentType, bytes, served, disposition, policy) => {
  const { url } = await testServer()
  const sha256 = await storeArtifact(url, bytes, { contentType, filename: 'näme.bin' })
  const { headers } = await exchange(`${url}/v1/artifacts/${sha256}/blob`)
  expect(headers['content-type']).toBe(served)
  expect(headers['content-disposition']).toBe(`${disposition}; filename="n_me.bin"; filename*=UTF-8''n%C3%A4me.bin`)
  expect(headers['content-security-policy']).toBe(`${basePolicy}; ${policy}`)
})

test('ranges are served, and refused, as RFC 9110 has it', async () => {
  const { url } = await testServer()
  const bytes = randomBytes(100_000)
  const sha256 = await storeArtifact(url, bytes)
  const get = (headers: Record<string, string>): ReturnType<typeof exchange> =>
    exchange(`${url}/v1/artifacts/${sha256}/blob`, { headers })

  const part = await get({ range: 'bytes=70000-80000' })
  expect([part.status, part.headers['content-range'], part.headers['content-length']]).toEqual([
    206,
    'bytes 70000-80000/100000',
    '10001',
  ])
  expect(part.body.equals(bytes.subarray(70_000, 80_001))).toBe(true)
  const suffix = await get({ range: 'bytes=-10' })
  expect([suffix.status, suffix.body.equals(bytes.subarray(-10))]).toEqual([206, true])
  const several = await get({ range: 'bytes=0-1,5-6' })
  expect([several.status, several.body.equals(bytes)]).toEqual([200, true])
  for (const range of ['bytes=100000-', 'bytes=9-3', 'bytes=x']) {
    const refused = await get({ range })
    expect([refused.status, refused.headers['content-range']]).toEqual([416, 'bytes */100000'])
    expect(refused.json().error.code).toBe('range_not_satisfiable')
  }
  expect((await get({ range: 'bytes=0-1', 'if-range': `"${sha256}"` })).status).toBe(206)
  expect((await get({ range: 'bytes=0-1', 'if-range': '"another"' })).status).toBe(200)
  expect((await get({ 'if-none-match': `W/"${sha256}"` })).status).toBe(304)
})

test('HEAD tells all that GET does, without the bytes', async () => {
  const { url } = await testServer()
  const sha256 = await storeArtifact(url, 'hello')
  const get = await exchange(`${url}/v1/artifacts/${sha256}/blob`)
  const head = await exchange(`${url}/v1/artifacts/${sha256}/blob`, { method: 'HEAD' })
  const { date: _getDate, ...getHeaders } = get.headers
  const { date: _headDate, ...headHeaders } = head.headers
  expect([head.status, head.body.length, headHeaders]).toEqual([200, 0, getHeaders])
})

test('a reader that goes away does not disturb the server', async () => {
  const { url, log } = await testServer()
  const sha256 = await storeArtifact(url, Buffer.alloc(8_000_000))
  const wire = await openWire(url)
  wire.write(`GET /v1/artifacts/${sha256}/blob HTTP/1.1\r\nhost: ${new URL(url).host}\r\n\r\n`)
  await wire.until('200 OK')
  wire.reset()
  expect((await exchange(`${url}/v1/artifacts/${sha256}/blob`)).body).toHaveLength(8_000_000)
  expect(log.filter((line) => line.includes('GET'))).toEqual([])
})

test('the list of artifacts has what is ready, newest first, page by page', async () => {
  const { url } = await testServer()
  const digests: string[] = []
  for (const content of ['one', 'two', 'three', 'four', 'five']) digests.push(await storeArtifact(url, content))
  const seen: string[] = []
  let cursor: string | null = ''
  do {
    const page = (await exchange(`${url}/v1/artifacts?limit=2&cursor=${cursor}`)).json()
    expect(page.artifacts.length).toBeLessThanOrEqual(2)
    seen.push(...page.artifacts.map((artifact: { sha256: string }) => artifact.sha256))
    cursor = page.next_cursor
  } while (cursor !== null)
  expect(seen.toSorted()).toEqual(digests.toSorted())
})

test.each(['limit=0', 'limit=501', 'limit=x', 'limit=-1', 'cursor=x', 'cursor=WzEsMl0', 'cursor=WyJhIiwiYiJd'])(
  'a listing with %s gets 400',
  async (query) => {
    const { url } = await testServer()
    const answer = await exchange(`${url}/v1/artifacts?${query}`)
    expect([answer.status, answer.json().error.code]).toEqual([400, 'invalid_request'])
  },
)

test('a deleted artifact is gone for readers at once, its bytes too, and registering it again renews it', async () => {
  const { url, dataDirectory } = await testServer()
  const sha256 = await storeArtifact(url, 'regretted')
  const catalog = await openSqliteCatalog(join(dataDirectory, 'catalog.sqlite'))
  const project = await catalog.projects.find('default')
  const key = { projectId: project?.id ?? '', sha256 }
  const blobs = fileBlobStore(join(dataDirectory, 'blobs'))
  const deletion = { collectAt: Date.now(), removeBytes: () => blobs.delete(key) }
  expect(await catalog.artifacts.delete(key.projectId, sha256, deletion)).toBe(true)
  expect(await catalog.artifacts.delete(key.projectId, sha256, deletion)).toBe(false)
  await catalog.close()

  for (const path of [`/v1/artifacts/${sha256}`, `/v1/artifacts/${sha256}/blob`]) {
    const answer = await exchange(`${url}${path}`)
    expect([answer.status, answer.json().error.code]).toEqual([410, 'gone'])
  }
  expect(await blobFiles(dataDirectory)).toEqual([])
  expect((await exchange(`${url}/v1/artifacts`)).json().artifacts).toEqual([])
  await storeArtifact(url, 'regretted')
  expect((await exchange(`${url}/v1/artifacts/${sha256}/blob`)).text).toBe('regretted')
})

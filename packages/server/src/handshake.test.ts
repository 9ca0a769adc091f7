import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { exchange, exchangeJson } from './testing/http-exchange.js'
import { blobFiles, registrationOf, sha256Of, storeArtifact, testServer } from './testing/test-server.js'
import { openWire } from './testing/wire.js'

// Speaks the protocol as docs/protocol.md describes it, with nothing but HTTP.

const bytes = randomBytes(200_000)
const sha256 = sha256Of(bytes)

async function registeredServer(
  options: Parameters<typeof testServer>[0] = {},
  content: Uint8Array = bytes,
): Promise<Awaited<ReturnType<typeof testServer>> & { blobUrl: string; finalizeUrl: string; digest: string }> {
  const server = await testServer(options)
  const answer = await exchangeJson(`${server.url}/v1/artifacts`, registrationOf(content))
  expect(answer.status).toBe(201)
  const digest = sha256Of(content)
  return {
    ...server,
    digest,
    blobUrl: `${server.url}/v1/artifacts/${digest}/blob`,
    finalizeUrl: `${server.url}/v1/artifacts/${digest}/finalize`,
  }
}

function putHead(url: string, headers: Record<string, string | number>): string {
  const { pathname, host } = new URL(url)
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `PUT ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`
}

test('an artifact is registered, uploaded, finalized and read back', async () => {
  const { url } = await testServer()
  const registration = { sha256, size_bytes: bytes.length, content_type: 'image/png', filename: 'chart.png' }

  const registered = await exchangeJson(`${url}/v1/artifacts`, registration)
  expect(registered.status).toBe(201)
  expect(registered.json()).toEqual({
    sha256,
    status: 'upload',
    upload: { method: 'PUT', url: `${url}/v1/artifacts/${sha256}/blob`, requires_auth: true },
  })

  const put = await exchange(registered.json().upload.url, { method: 'PUT', body: bytes })
  expect([put.status, put.text]).toEqual([204, ''])

  for (const attempt of ['first', 'repeated']) {
    const finalized = await exchange(`${url}/v1/artifacts/${sha256}/finalize`, { method: 'POST' })
    expect([attempt, finalized.status, finalized.json()]).toEqual([attempt, 200, { sha256, status: 'ready' }])
  }

  const again = await exchangeJson(`${url}/v1/artifacts`, registration)
  expect([again.status, again.json()]).toEqual([201, { sha256, status: 'exists', upload: null }])

  const blob = await exchange(`${url}/v1/artifacts/${sha256}/blob`)
  expect(blob.status).toBe(200)
  expect(blob.body.equals(bytes)).toBe(true)
  const metadata = await exchange(`${url}/v1/artifacts/${sha256}`)
  expect(metadata.json()).toMatchObject({
    sha256,
    size_bytes: bytes.length,
    content_type: 'image/png',
    filename: 'chart.png',
    status: 'ready',
    references: [],
  })
})

test('an artifact of no bytes works', async () => {
  const { url } = await testServer()
  const digest = await storeArtifact(url, '')
  const blob = await exchange(`${url}/v1/artifacts/${digest}/blob`)
  expect([blob.status, blob.body.length, blob.headers['content-length']]).toEqual([200, 0, '0'])
  const range = await exchange(`${url}/v1/artifacts/${digest}/blob`, { headers: { range: 'bytes=0-0' } })
  expect([range.status, range.headers['content-range']]).toEqual([416, 'bytes */0'])
})

test.each([
  ['sha256', { sha256: 'abc' }],
  ['sha256', { sha256: sha256.toUpperCase() }],
  ['sha256', { sha256: undefined }],
  ['size_bytes', { size_bytes: -1 }],
  ['size_bytes', { size_bytes: 1.5 }],
  ['size_bytes', { size_bytes: 2 ** 53 }],
  ['size_bytes', { size_bytes: '12' }],
  ['content_type', { content_type: 'text/plain\r\nx: y' }],
  ['content_type', { content_type: 'text/\u0000plain' }],
  ['content_type', { content_type: '' }],
  ['content_type', { content_type: undefined }],
  ['filename', { filename: 'a\nb' }],
  ['filename', { filename: 'a\rb' }],
  ['filename', { filename: 'a\u0000b' }],
  ['filename', { filename: 'ü'.repeat(128) }],
  ['filename', { filename: 7 }],
])('a registration with a bad %s is refused by name: %j', async (field, changes) => {
  const { url } = await testServer()
  const answer = await exchangeJson(`${url}/v1/artifacts`, registrationOf('x', changes))
  expect(answer.status).toBe(400)
  expect(answer.json().error).toMatchObject({ code: 'invalid_request', retryable: false })
  expect(answer.json().error.message).toMatch(new RegExp(`^${field}: `))
})

test('a registration that is not JSON gets 400, 413 or 415', async () => {
  const { url } = await testServer()
  const endpoint = `${url}/v1/artifacts`
  const post = (body: string | Uint8Array, headers: Record<string, string> = {}): Promise<number> =>
    exchange(endpoint, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }).then(
      (answer) => answer.status,
    )
  expect(await post('{"sha256":')).toBe(400)
  expect(await post('[]')).toBe(400)
  expect(await post(Buffer.from([0x7b, 0xff, 0x7d]))).toBe(400)
  expect(await post('{}', { 'content-type': 'text/plain' })).toBe(415)
  expect(await post('{}', { 'content-type': 'application/json; charset=utf-8' })).toBe(400)
  expect(await post('{}', { 'content-encoding': 'gzip' })).toBe(415)
  expect(await post(JSON.stringify({ padding: 'x'.repeat(16 * 1024) }))).toBe(413)
})

test('a JSON body over 16 KiB is refused when it comes in chunks of unknown number, too', async () => {
  const { url } = await testServer()
  const wire = await openWire(url)
  const { host } = new URL(url)
  wire.write(`POST /v1/artifacts HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n`)
  wire.write(`transfer-encoding: chunked\r\n\r\n`)
  for (let sent = 0; sent < 5; sent += 1) wire.write(`1000\r\n${' '.repeat(0x1000)}\r\n`)
  expect(await wire.until('"body_too_large"')).toMatch(/^HTTP\/1\.1 413 /)
})

test('members that the server does not know are ignored, and a missing filename is none', async () => {
  const { url } = await testServer()
  const answer = await exchangeJson(`${url}/v1/artifacts`, registrationOf('x', { filename: undefined, future: [1] }))
  expect(answer.status).toBe(201)
})

test('an artifact over the limit gets 413', async () => {
  const { url } = await testServer({ maxArtifactBytes: 10 })
  const fits = await exchangeJson(`${url}/v1/artifacts`, registrationOf('0123456789'))
  expect(fits.status).toBe(201)
  const answer = await exchangeJson(`${url}/v1/artifacts`, registrationOf('0123456789a'))
  expect([answer.status, answer.json().error.code]).toEqual([413, 'artifact_too_large'])
})

test('the quota of a project is reserved at registration and gets 507', async () => {
  const { url } = await testServer({ projectQuotaBytes: 10 })
  const register = (content: string): Promise<number> =>
    exchangeJson(`${url}/v1/artifacts`, registrationOf(content)).then((answer) => answer.status)
  expect(await register('123456')).toBe(201)
  expect(await register('abcde')).toBe(507)
  // The same artifact takes no second place, and the rest still fits.
  expect(await register('123456')).toBe(201)
  expect(await register('abcd')).toBe(201)
})

test('registrations at once do not exceed the quota together', async () => {
  const { url } = await testServer({ projectQuotaBytes: 50 })
  const contents = Array.from({ length: 20 }, (_, index) => `content ${index}`.padEnd(10))
  const answers = await Promise.all(
    contents.map((content) => exchangeJson(`${url}/v1/artifacts`, registrationOf(content))),
  )
  expect(answers.filter((answer) => answer.status === 201)).toHaveLength(5)
  expect(answers.filter((answer) => answer.status === 507)).toHaveLength(15)
})

test('registrations over the rate get 429 and Retry-After', async () => {
  const { url } = await testServer({ registrationsPerMinute: 2 })
  const register = (): ReturnType<typeof exchangeJson> => exchangeJson(`${url}/v1/artifacts`, registrationOf('x'))
  await register()
  await register()
  const refused = await register()
  expect([refused.status, refused.json().error]).toMatchObject([429, { code: 'rate_limited', retryable: true }])
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
})

test('a known digest with another size gets 422', async () => {
  const { url } = await testServer()
  for (const isReady of [false, true]) {
    if (isReady) await storeArtifact(url, 'known')
    else await exchangeJson(`${url}/v1/artifacts`, registrationOf('known'))
    const answer = await exchangeJson(`${url}/v1/artifacts`, registrationOf('known', { size_bytes: 6 }))
    expect([answer.status, answer.json().error.code]).toEqual([422, 'size_mismatch'])
  }
})

test('a PUT of something that was not registered gets 404', async () => {
  const { url } = await testServer()
  const answer = await exchange(`${url}/v1/artifacts/${sha256}/blob`, { method: 'PUT', body: bytes })
  expect([answer.status, answer.json().error.code]).toEqual([404, 'not_found'])
})

test('a chunked PUT and one without Content-Length get 411', async () => {
  const { blobUrl, url, dataDirectory } = await registeredServer()
  const chunked = await openWire(url)
  chunked.write(putHead(blobUrl, { 'transfer-encoding': 'chunked' }))
  chunked.write('5\r\nhello\r\n0\r\n\r\n')
  expect(await chunked.until('"length_required"')).toMatch(/^HTTP\/1\.1 411 /)
  const without = await openWire(url)
  without.write(putHead(blobUrl, {}))
  expect(await without.until('"length_required"')).toMatch(/^HTTP\/1\.1 411 /)
  expect(await blobFiles(dataDirectory)).toEqual([])
})

test('a PUT of another length gets 400 before its body is read', async () => {
  const { blobUrl, url, dataDirectory } = await registeredServer()
  const wire = await openWire(url)
  wire.write(putHead(blobUrl, { 'content-length': bytes.length + 1 }))
  // Not a byte of the body has been sent.
  expect(await wire.until('"length_mismatch"')).toMatch(/^HTTP\/1\.1 400 /)
  expect(await blobFiles(dataDirectory)).toEqual([])
})

test('a PUT with Content-Encoding or Content-Range gets 415 or 400', async () => {
  const { blobUrl } = await registeredServer()
  const put = (headers: Record<string, string>): Promise<number> =>
    exchange(blobUrl, { method: 'PUT', headers, body: bytes }).then((answer) => answer.status)
  expect(await put({ 'content-encoding': 'gzip' })).toBe(415)
  expect(await put({ 'content-range': 'bytes 0-9/10' })).toBe(400)
})

test('Expect: 100-continue is answered with 100 when the body is wanted', async () => {
  const { blobUrl, url } = await registeredServer()
  const wire = await openWire(url)
  wire.write(putHead(blobUrl, { 'content-length': bytes.length, expect: '100-continue' }))
  expect(await wire.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  wire.write(bytes)
  expect(await wire.until('HTTP/1.1 204')).toMatch(/connection: keep-alive/i)
})

test('Expect: 100-continue is answered with the refusal alone, and the connection closes', async () => {
  const { blobUrl, url } = await registeredServer()
  const wire = await openWire(url)
  wire.write(putHead(blobUrl, { 'content-length': 5, expect: '100-continue' }))
  const answer = await wire.closed()
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer).toMatch(/connection: close/i)
})

test('a PUT of other bytes gets 422, nothing of it stays, and the right bytes are taken afterwards', async () => {
  const { blobUrl, finalizeUrl, dataDirectory } = await registeredServer()
  const wrong = Buffer.from(bytes)
  wrong[1000] = (wrong[1000] ?? 0) ^ 1
  const answer = await exchange(blobUrl, { method: 'PUT', body: wrong })
  expect([answer.status, answer.json().error.code]).toEqual([422, 'digest_mismatch'])
  expect(await blobFiles(dataDirectory)).toEqual([])
  const early = await exchange(finalizeUrl, { method: 'POST' })
  expect([early.status, early.json().error.code]).toEqual([409, 'not_uploaded'])
  expect((await exchange(blobUrl, { method: 'PUT', body: bytes })).status).toBe(204)
  expect((await exchange(finalizeUrl, { method: 'POST' })).status).toBe(200)
})

test.each(['reset', 'end'] as const)('a PUT cut short by %s leaves no file', async (ending) => {
  const { blobUrl, finalizeUrl, url, dataDirectory, log } = await registeredServer()
  const wire = await openWire(url)
  wire.write(putHead(blobUrl, { 'content-length': bytes.length, expect: '100-continue' }))
  await wire.until('100 Continue')
  wire.write(bytes.subarray(0, 100_000))
  await expect.poll(() => blobFiles(dataDirectory)).toHaveLength(1)
  if (ending === 'reset') wire.reset()
  else wire.socket.end()
  await expect.poll(() => blobFiles(dataDirectory)).toEqual([])
  expect((await exchange(finalizeUrl, { method: 'POST' })).status).toBe(409)
  // A client that goes away is no fault of the server.
  expect(log.filter((line) => line.includes('PUT'))).toEqual([])
})

test('a PUT of an artifact that is ready succeeds without rewriting it', async () => {
  const { url, dataDirectory } = await testServer()
  const digest = await storeArtifact(url, bytes)
  const [path] = await blobFiles(dataDirectory)
  expect(path).toBe(digest)
  const before = await exchange(`${url}/v1/artifacts/${digest}`)
  const wrong = Buffer.alloc(bytes.length, 1)
  expect((await exchange(`${url}/v1/artifacts/${digest}/blob`, { method: 'PUT', body: wrong })).status).toBe(204)
  const after = await exchange(`${url}/v1/artifacts/${digest}/blob`)
  expect(after.body.equals(bytes)).toBe(true)
  expect((await exchange(`${url}/v1/artifacts/${digest}`)).text).toBe(before.text)
})

test('If-None-Match: * makes a PUT of an artifact that is ready fail with 412', async () => {
  const { url } = await testServer()
  const digest = await storeArtifact(url, 'ready')
  const headers = { 'if-none-match': '*' }
  const answer = await exchange(`${url}/v1/artifacts/${digest}/blob`, { method: 'PUT', headers, body: 'ready' })
  expect([answer.status, answer.json().error.code]).toEqual([412, 'precondition_failed'])
})

test('two PUTs of one digest at once both succeed, and one file is there', async () => {
  const { blobUrl, finalizeUrl, url, dataDirectory } = await registeredServer()
  const wires = await Promise.all([openWire(url), openWire(url)])
  for (const wire of wires) {
    wire.write(putHead(blobUrl, { 'content-length': bytes.length }))
    wire.write(bytes.subarray(0, 50_000))
  }
  await expect.poll(() => blobFiles(dataDirectory)).toHaveLength(2)
  for (const wire of wires) wire.write(bytes.subarray(50_000))
  for (const wire of wires) await wire.until('HTTP/1.1 204')
  expect(await blobFiles(dataDirectory)).toEqual([sha256])
  expect((await exchange(finalizeUrl, { method: 'POST' })).status).toBe(200)
})

test('a PUT that stands still gets 408 and its connection closed', async () => {
  const { blobUrl, url, dataDirectory } = await registeredServer({ uploadPaceWindowMs: 100 })
  const wire = await openWire(url)
  wire.write(putHead(blobUrl, { 'content-length': bytes.length }))
  wire.write(bytes.subarray(0, 1000))
  const answer = await wire.closed()
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(answer).toContain('"upload_too_slow"')
  await expect.poll(() => blobFiles(dataDirectory)).toEqual([])
})

test('a PUT that is slow but moves goes on for longer than any window', async () => {
  const content = randomBytes(20)
  const { blobUrl, url } = await registeredServer(
    { uploadPaceWindowMs: 1500, minimumUploadBytesPerSecond: 0.5 },
    content,
  )
  const wire = await openWire(url)
  wire.write(putHead(blobUrl, { 'content-length': content.length }))
  for (const byte of content) {
    wire.write(Uint8Array.of(byte))
    await sleep(100)
  }
  expect(await wire.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 204 /)
})

test('finalize before the PUT gets 409, of an unknown digest 404, of a malformed one 400', async () => {
  const { finalizeUrl, url } = await registeredServer()
  expect(await finalize(finalizeUrl)).toBe(409)
  expect(await finalize(`${url}/v1/artifacts/${sha256Of('unknown')}/finalize`)).toBe(404)
  expect(await finalize(`${url}/v1/artifacts/..%2f..%2fetc/finalize`)).toBe(400)
})

test('an expired registration gets 410 from PUT and finalize, and registering again renews it', async () => {
  const { blobUrl, finalizeUrl } = await registeredServer({ registrationLifetimeMs: 0 })
  const put = await exchange(blobUrl, { method: 'PUT', body: bytes })
  expect([put.status, put.json().error.code]).toEqual([410, 'registration_expired'])
  const finalized = await exchange(finalizeUrl, { method: 'POST' })
  expect([finalized.status, finalized.json().error.code]).toEqual([410, 'registration_expired'])
})

test('a registration that is renewed outlives its first term', async () => {
  const { dataDirectory, close } = await registeredServer({ registrationLifetimeMs: 0 })
  await close()
  const { url } = await testServer({ dataDirectory })
  expect(await storeArtifact(url, bytes)).toBe(sha256)
})

test('bytes that do not have the registered size any more get 422 from finalize and are asked for again', async () => {
  const { blobUrl, finalizeUrl, url, dataDirectory } = await registeredServer()
  await exchange(blobUrl, { method: 'PUT', body: bytes })
  const path = await blobPath(dataDirectory, sha256)
  await writeFile(path, 'cut')
  expect((await exchange(finalizeUrl, { method: 'POST' })).status).toBe(422)
  expect((await exchange(blobUrl, { method: 'PUT', body: bytes })).status).toBe(204)
  expect((await exchange(finalizeUrl, { method: 'POST' })).status).toBe(200)
  expect((await readFile(path)).equals(bytes)).toBe(true)

  // Damaged after it was ready: never served, and the next client is asked to upload it again.
  await writeFile(path, 'cut')
  const damaged = await exchange(blobUrl)
  expect([damaged.status, damaged.headers['retry-after']]).toEqual([503, '5'])
  const again = await exchangeJson(`${url}/v1/artifacts`, registrationOf(bytes))
  expect(again.json().status).toBe('upload')
  await storeArtifact(url, bytes)
  expect((await exchange(blobUrl)).body.equals(bytes)).toBe(true)
})

test('storage that fails gets 503 with Retry-After, and the cause stays in the log', async () => {
  const { blobUrl, finalizeUrl, dataDirectory, log } = await registeredServer()
  await writeFile(join(dataDirectory, 'blobs'), 'a file where the directory should be')
  for (const [url, method] of [
    [blobUrl, 'PUT'],
    [finalizeUrl, 'POST'],
  ] as const) {
    const answer = await exchange(url, { method, ...(method === 'PUT' && { body: bytes }) })
    expect([answer.status, answer.json().error.code]).toEqual([503, 'storage_unavailable'])
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.text).not.toContain(dataDirectory)
  }
  expect(log.some((line) => line.includes('ENOTDIR'))).toBe(true)
})

test('a wrong verb gets 405 and Allow', async () => {
  const { blobUrl, finalizeUrl, url } = await registeredServer()
  for (const [address, method, allow] of [
    [blobUrl, 'DELETE', 'GET, HEAD, PUT'],
    [finalizeUrl, 'GET', 'POST'],
    [`${url}/v1/artifacts`, 'PATCH', 'GET, HEAD, POST'],
  ] as const) {
    const answer = await exchange(address, { method })
    expect([answer.status, answer.headers.allow, answer.json().error.code]).toEqual([405, allow, 'method_not_allowed'])
  }
})

test('a refused upload that goes on sending gets its answer', async () => {
  const { url } = await testServer()
  const wire = await openWire(url)
  wire.write(putHead(`${url}/v1/artifacts/${sha256}/blob`, { 'content-length': 50_000_000 }))
  wire.write(Buffer.alloc(1_000_000))
  expect(await wire.until('"not_found"')).toMatch(/^HTTP\/1\.1 404 /)
})

test('reading what is pending, unknown, malformed or deleted', async () => {
  const { blobUrl, url } = await registeredServer()
  const unknown = await exchange(`${url}/v1/artifacts/${sha256Of('unknown')}/blob`)
  const pending = await exchange(blobUrl)
  expect([pending.status, pending.text]).toEqual([404, unknown.text])
  for (const malformed of ['abc', sha256.toUpperCase(), '..%2f..%2fcatalog.sqlite', `${sha256}0`]) {
    expect((await exchange(`${url}/v1/artifacts/${malformed}/blob`)).status).toBe(400)
    expect((await exchange(`${url}/v1/artifacts/${malformed}`)).status).toBe(400)
  }
})

async function finalize(address: string): Promise<number> {
  return (await exchange(address, { method: 'POST' })).status
}

async function blobPath(dataDirectory: string, digest: string): Promise<string> {
  const [project = ''] = await readdir(join(dataDirectory, 'blobs'))
  return join(dataDirectory, 'blobs', project, digest.slice(0, 2), digest)
}

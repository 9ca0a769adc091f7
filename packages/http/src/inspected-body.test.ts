import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { randomBytes } from 'node:crypto'
import {
  capturedExchange,
  consume,
  createStore,
  listen,
  send,
  sha256,
  startTracing,
} from '@span-artifacts/http-testing'
import type { ArtifactClient, ArtifactReference } from '@span-artifacts/core'
import { describe, expect, test } from 'vitest'
import { createHttpCapture, type HttpCaptureOptions } from './index.js'
import type { BodyDetails, RecordedBody } from './body-recorder.js'
import type { BodyRedactor } from './body-redaction.js'
import { InspectedBody } from './inspected-body.js'
import { createBodyRedactor } from './redaction-option.js'

const SECRET = 'hunter2-correct-horse'
const account = `{"user":"ada","password":"${SECRET}"}`
const redactedAccount = '{"user":"ada","password":"[redacted]"}'
const octets = 'application/octet-stream'
const compressors = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync }

const tracing = startTracing()

const littleEndian = (text: string): Buffer => Buffer.from(text, 'utf16le')
const bigEndian = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
const BOM = '\uFEFF'

interface Sent {
  readonly type?: string | undefined
  readonly encoding?: string | undefined
  readonly body: string | Buffer
  readonly options?: HttpCaptureOptions
}

interface Captured {
  readonly request: ArtifactReference | undefined
  /** As it was stored; `undefined` where it was not. */
  readonly stored: Buffer | undefined
  readonly preview: unknown
}

/** What is captured of a body that a client sends, whether its secret is anywhere or not. */
async function capture({ type, encoding, body, options }: Sent): Promise<Captured> {
  const store = createStore()
  const contentTypes = ['*', 'text/event-stream']
  const captureHttp = createHttpCapture({ client: store.client, contentTypes, previewBytes: 200, ...options })
  await using server = await listen(async (request, response) => {
    captureHttp(request, response)
    await consume(request)
    response.end()
  })
  await send(server.url, {
    headers: {
      ...(type !== undefined && { 'content-type': type }),
      ...(encoding !== undefined && { 'content-encoding': encoding }),
    },
    body,
  })
  const attributes = await tracing.serverAttributes()
  const { request } = capturedExchange(attributes)
  const bytes = (await store.blobs()).get(String(request?.sha256))
  const preview = attributes['http.request.body.content']
  expect(JSON.stringify(attributes)).not.toContain(SECRET)
  return { request, stored: bytes && Buffer.from(bytes), preview }
}

/** What became of a body: `dropped` by a keyed digest, `unchanged`, or the text that is stored instead. */
async function outcomeOf(sent: Sent): Promise<string> {
  const { request, stored, preview } = await capture(sent)
  const { dropped, sha256: digest, size_bytes: sizeBytes } = request ?? {}
  if (stored === undefined) {
    const isHidden = digest !== sha256(sent.body) && preview === undefined && sizeBytes === Buffer.byteLength(sent.body)
    return dropped === 'redaction_failed' && isHidden ? 'dropped' : `dropped otherwise: ${dropped}`
  }
  return stored.equals(Buffer.from(sent.body)) ? 'unchanged' : stored.toString()
}

test.each(['{', '[', ' \n{'])('a binary that begins as JSON does is stored as sent: %j', async (start) => {
  const binary = Buffer.concat([Buffer.from(`${start}\u0001`), randomBytes(30_000), Buffer.from('{"token": "')])
  expect(await outcomeOf({ type: octets, body: binary })).toBe('unchanged')
})

describe('an encoded body of a type that says nothing', () => {
  test.each(
    Object.entries(compressors).flatMap(([encoding, compress]) =>
      [octets, undefined, 'application/x-acme'].map((type) => [encoding, type, compress] as const),
    ),
  )('is looked into where it is JSON: %s, %s', async (encoding, type, compress) => {
    const { request, stored } = await capture({ type, encoding, body: compress(account) })
    expect(stored?.toString()).toBe(redactedAccount)
    expect(request).not.toHaveProperty('content_encoding')
  })

  test.each(Object.entries(compressors))('is stored as sent where it is none: %s', async (encoding, compress) => {
    const binary = randomBytes(300_000)
    binary[0] = 0x80
    expect(await outcomeOf({ type: octets, encoding, body: compress(binary) })).toBe('unchanged')
  })

  test.each(['utf-8', 'binary', 'aws-chunked'])(
    'is stored as sent where %s is no coding that hides anything',
    async (encoding) => {
      expect(
        await outcomeOf({ type: octets, encoding, body: Buffer.concat([Buffer.from('%PDF-1.7'), randomBytes(900)]) }),
      ).toBe('unchanged')
    },
  )

  test.each(Object.entries(compressors))(
    'is stored as sent where it is none, and unfolds beyond the cap: %s',
    async (encoding, compress) => {
      const binary = Buffer.concat([Buffer.from('no JSON '), Buffer.alloc(3_000_000, randomBytes(997))])
      expect(
        await outcomeOf({ type: octets, encoding, body: compress(binary), options: { maxBodyBytes: 400_000 } }),
      ).toBe('unchanged')
    },
  )

  test.each(Object.entries(compressors))(
    'is stored as sent where it is none and was cut off: %s',
    async (encoding, compress) => {
      const body = compress(Buffer.concat([Buffer.from('no JSON '), randomBytes(400_000)])).subarray(0, 300_000)
      expect(await outcomeOf({ type: octets, encoding, body })).toBe('unchanged')
    },
  )

  test.each([
    ['JSON that was cut off', 'gzip', gzipSync(account).subarray(0, -9)],
    ['JSON that unfolds beyond the cap', 'br', brotliCompressSync(`[${account},"${'x'.repeat(100_000)}"]`)],
    ['in a coding that nobody knows', 'x-secret', Buffer.from(account)],
    ['not encoded at all', 'gzip', Buffer.from(account)],
  ])('is dropped where nobody can tell: %s', (_, encoding, body) =>
    expect(outcomeOf({ type: octets, encoding, body, options: { maxBodyBytes: 50_000 } })).resolves.toBe('dropped'),
  )

  test('is stored as sent where no content-encoding is named, as an archive has none', () =>
    expect(outcomeOf({ type: 'application/gzip', body: gzipSync(account) })).resolves.toBe('unchanged'))
})

describe('JSON whose secrets have no key before a colon', () => {
  test.each([
    ['a value before its name', `{"value":"${SECRET}","type":"text","name":"password"}`],
    ['a pair', `[["user","ada"],["password","${SECRET}"]]`],
    ['in a string', JSON.stringify({ body: JSON.stringify([['password', SECRET]]) })],
  ])('is redacted: %s', async (_, body) => {
    for (const type of ['application/json', 'text/plain', octets]) {
      tracing.reset()
      expect(await outcomeOf({ type, body })).toBe(body.replace(SECRET, '[redacted]'))
    }
  })
})

describe('a body of several frames', () => {
  test.each([
    ['zstd', Buffer.concat([zstdCompressSync('{"user":"ada",'), zstdCompressSync(`"password":"${SECRET}"}`)])],
    ['br', Buffer.concat([brotliCompressSync('{"user":"ada"}'), Buffer.from(account)])],
    ['deflate', Buffer.concat([deflateSync('{"user":"ada"}'), Buffer.from(account)])],
  ])('is dropped where only the first is decoded: %s', (encoding, body) =>
    expect(outcomeOf({ type: 'application/json', encoding, body })).resolves.toBe('dropped'),
  )

  test('is looked into where all of them are decoded', async () => {
    const body = Buffer.concat([gzipSync('{"user":"ada",'), gzipSync(`"password":"${SECRET}"}`)])
    const { stored } = await capture({ type: 'application/json', encoding: 'gzip', body })
    expect(stored?.toString()).toBe(redactedAccount)
  })
})

test('a binary body may begin with a bracket, or with nothing but zeros', async () => {
  const message = Buffer.concat([Buffer.from('\n[91 characters'), Buffer.from([0, 0xff, 0x80, 0])])
  expect(await outcomeOf({ type: octets, body: message })).toBe('unchanged')
  tracing.reset()
  expect(await outcomeOf({ type: octets, body: Buffer.alloc(100_000) })).toBe('unchanged')
})

describe('a body in UTF-16, or in UTF-8 by another name', () => {
  test.each<[string, string | undefined, Buffer]>([
    ['JSON that says so', 'application/json; charset=utf-16le', littleEndian(account)],
    ['JSON in the other byte order', 'application/json; charset=utf-16be', bigEndian(account)],
    ['JSON in UTF-8 by another name', "application/json; charset='UTF_8'", Buffer.from(account)],
    ['JSON of Java', 'application/json; charset=utf-16', bigEndian(BOM + account)],
    ['JSON of Windows', 'application/json; charset=utf-16', littleEndian(BOM + account)],
    ['JSON with a mark that does not say so', 'application/json', bigEndian(BOM + account)],
    ['JSON that is called plain text', 'text/plain', littleEndian(BOM + account)],
    ['JSON that is called plain text in UTF-16', 'text/plain; charset=utf-16', bigEndian(BOM + account)],
    ['JSON that is called binary', octets, littleEndian(BOM + account)],
    ['JSON of no type', undefined, bigEndian(BOM + account)],
  ])('is redacted: %s', async (_, type, body) => {
    const { request, stored, preview } = await capture({ type, body })
    expect(stored?.toString()).toBe(redactedAccount)
    expect(preview ?? redactedAccount).toBe(redactedAccount)
    expect(request?.content_type).not.toContain('utf-16')
  })

  test.each<[string, string | undefined, string | Buffer]>([
    ['JSON without a mark', 'application/json', littleEndian(account)],
    ['JSON without a mark, called plain text', 'text/plain', littleEndian(account)],
    ['JSON without a mark, called binary', octets, bigEndian(account)],
    ['JSON without a mark or a type', undefined, littleEndian(account)],
    ['JSON in the byte order that it does not say', 'application/json; charset=utf-16', bigEndian(account)],
    ['JSON in UTF-8 that says it is', 'application/json; charset=utf-16le', account],
    ['JSON in UTF-8 that says it is, called plain text', 'text/plain; charset=utf-16', account],
    ['a form in UTF-8 that says it is', 'application/x-www-form-urlencoded; charset=utf-16', `password=${SECRET}`],
    ['a form that does not say so', 'application/x-www-form-urlencoded', littleEndian(`password=${SECRET}`)],
    ['JSON in UTF-32', 'application/json; charset=utf-32', Buffer.from(account.replaceAll(/./g, '$&\0\0\0'))],
    ['events', 'text/event-stream', littleEndian(`data: ${account}\n\n`)],
  ])('is dropped: %s', (_, type, body) => expect(outcomeOf({ type, body })).resolves.toBe('dropped'))

  test('is stored as sent where it is plain text, and shown', async () => {
    const sent = { type: 'text/plain; charset=utf-16', body: bigEndian(`${BOM}a note`) }
    expect(await outcomeOf(sent)).toBe('unchanged')
    tracing.reset()
    expect((await capture(sent)).preview).toBe('a note')
  })

  test('is stored as sent where nothing in it is secret', async () => {
    const sent = { type: 'application/json; charset=utf-16', body: bigEndian(`${BOM}{"user":"ada"}`) }
    expect(await outcomeOf(sent)).toBe('unchanged')
    tracing.reset()
    expect((await capture(sent)).preview).toBe('{"user":"ada"}')
  })
})

describe('a script', () => {
  test.each([
    ['of Express', `/**/ typeof cb === 'function' && cb(${account});`],
    ['with nothing but the call', `my.callback[0](${account})\n`],
    ['with a status behind the JSON', `cb(${account}, 200, "ok");`],
  ])('loses the secrets of its JSON where it is JSONP: %s', async (_, script) => {
    for (const type of ['text/javascript; charset=utf-8', 'application/javascript']) {
      tracing.reset()
      const { stored } = await capture({ type, body: script })
      expect(stored?.toString()).toBe(script.replace(account, redactedAccount))
    }
  })

  test.each([
    ['without a secret', 'cb({"user":"ada"});'],
    ['that is a program', 'define(["./password"], function (token) { return { password: token("x") } })'],
  ])('is stored as sent: %s', (_, body) =>
    expect(outcomeOf({ type: 'text/javascript', body })).resolves.toBe('unchanged'),
  )
})

/** What becomes of a body without a server. */
function record(
  content: string,
  redactor: BodyRedactor,
  { client = createStore().client, ...details }: Partial<BodyDetails> & { client?: ArtifactClient },
): RecordedBody {
  const body = new InspectedBody({ client, maxBodyBytes: 100, previewBytes: 100 }, redactor)
  body.write(Buffer.from(content))
  return body.finish({ contentType: undefined, contentEncoding: undefined, truncated: false, ...details })
}

test('a body that breaks what looks into it is dropped, and nothing else is', () => {
  const broken: BodyRedactor = {
    readsPlainText: false,
    isSensitiveName: () => false,
    mayNeedRedaction: () => true,
    redactText: () => {
      throw new RangeError('too deep')
    },
  }
  const { reference } = record('{}', broken, { contentType: 'application/json' })
  expect(reference).toMatchObject({ dropped: 'redaction_failed', size_bytes: 2 })
})

test('a body that nobody could look into is counted as dropped, as any other that is not stored', () => {
  const { client } = createStore()
  record(`{"password":"${SECRET}`, createBodyRedactor()!, { client, contentType: 'application/json' })
  expect(client.stats()).toMatchObject({ accepted: 1, dropped: { redaction_failed: 1 } })
})

test('JSONP that was cut off is dropped, for nobody can tell it from a program', () => {
  const script = `cb({"password":"${SECRET}"`
  const { reference } = record(script, createBodyRedactor()!, { contentType: 'text/javascript', truncated: true })
  expect(reference).toMatchObject({ dropped: 'redaction_failed', truncated: true })
})

test('JSON that was cut off loses the value whose name may be missing', () => {
  const details = { contentType: 'application/json', truncated: true }
  const { reference, preview } = record(`{"value":"${SECRET}","na`, createBodyRedactor()!, details)
  expect(preview).toBe('{"value":"[redacted]","na')
  expect(reference).toMatchObject({ truncated: true })
  expect(reference).not.toHaveProperty('dropped')
})

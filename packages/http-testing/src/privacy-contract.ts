import { deflateSync, gzipSync } from 'node:zlib'
import { diag, DiagLogLevel } from '@opentelemetry/api'
import multer from 'multer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { capturedExchange, createStore, type ContractSetting } from './adapter.js'
import { multipart, sha256 } from './payloads.js'
import { consume, run } from './application.js'
import { send } from './send.js'

const SECRETS = [
  'hunter2-correct-horse',
  'sk-live-51H8xT',
  '4111111111111111',
  '078-05-1120',
  'eyJhbGciOiJIUzI1NiJ9.x.y',
]
const [password = '', apiKey = '', card = '', ssn = '', token = ''] = SECRETS

const account = {
  user: 'ada',
  author: 'Ada Lovelace',
  Password: password,
  nested: [{ api_key: apiKey, 'credit-card': { number: card } }],
  ssn,
  access_token: token,
}
const accountJson = JSON.stringify(account)
const formBody = new URLSearchParams({
  user: 'ada',
  password,
  api_key: apiKey,
  creditCard: card,
  ssn,
  token,
}).toString()
const formWithFile = multipart([
  { name: 'user', content: 'ada' },
  { name: 'password', content: password },
  { name: 'account', content: accountJson },
  { name: 'file', filename: 'a.txt', contentType: 'text/plain', content: 'harmless' },
])

const readings = Array.from({ length: 12_000 }, (_, id) => ({
  id,
  sensor: `s${id}`,
  at: '2025-01-01',
  unit: 'C',
  note: 'ok',
}))

/** Secrets in bodies: in no stored blob, no span attribute and no log line. */
export function describePrivacy({ adapter, tracing }: ContractSetting): void {
  describe(`with ${adapter.name}`, () => {
    const store = createStore()
    const { client } = store
    const log: string[] = []
    const write = (...parameters: unknown[]): number => log.push(parameters.join(' '))
    beforeAll(() => {
      const logger = { error: write, warn: write, info: write, debug: write, verbose: write }
      diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true })
    })
    afterAll(() => diag.disable())

    const expectNoSecrets = async (): Promise<void> => {
      const stored = [...(await store.blobs()).values()].map((bytes) => Buffer.from(bytes).toString('latin1'))
      const exported = JSON.stringify(
        tracing.allSpans().map(({ name, attributes, events }) => [name, attributes, events]),
      )
      for (const secret of SECRETS) {
        for (const place of [...stored, exported, ...log]) expect(place).not.toContain(secret)
        // Nor may a digest tell that a guess was right.
        expect(exported).not.toContain(sha256(secret))
      }
    }

    const echo = (options = {}): ReturnType<typeof adapter.serve> =>
      adapter.serve(
        async (request, response) => {
          const body = await consume(request)
          const { 'content-type': type = '', 'content-encoding': encoding } = request.headers
          response.setHeader('content-type', type)
          if (encoding !== undefined) response.setHeader('content-encoding', encoding)
          response.end(body)
        },
        { client, previewBytes: 4096, ...options },
      )

    describe('no secret is stored of', () => {
      test.each<[string, string, string | Buffer, string?]>([
        ['JSON', 'application/json', accountJson],
        ['JSON with a suffix type', 'application/vnd.api+json; charset=utf-8', accountJson],
        ['JSON that calls itself plain text', 'text/plain;charset=UTF-8', accountJson],
        ['JSON that calls itself nothing in particular', 'application/octet-stream', accountJson],
        ['lines of JSON', 'application/x-ndjson', `{"user":"ada"}\n${accountJson}\n`],
        ['JSON with escaped keys', 'application/json', accountJson.replace('"Password"', '"P\\u0061ssword"')],
        ['JSON in UTF-16', 'application/json; charset=utf-16le', Buffer.from(accountJson, 'utf16le')],
        ['gzipped JSON', 'application/json', gzipSync(accountJson), 'gzip'],
        ['deflated JSON', 'application/json', deflateSync(accountJson), 'deflate'],
        ['a form', 'application/x-www-form-urlencoded', formBody],
        [
          'a form with escaped names',
          'application/x-www-form-urlencoded',
          formBody.replace('password=', 'p%61ssword='),
        ],
        [
          'a form with JSON in a field',
          'application/x-www-form-urlencoded',
          `${formBody}&account=${encodeURIComponent(accountJson)}`,
        ],
        [
          'a form whose names begin with a bracket',
          'application/x-www-form-urlencoded',
          `[user][password]=${password}&b=ada`,
        ],
        ['JSON of a type that nobody knows', 'application/x-acme-account', accountJson],
        ['server-sent events', 'text/event-stream', `event: a\ndata: ${accountJson}\n\ndata: done\n\n`],
        ['a raw multipart form', formWithFile.headers['content-type'], formWithFile.body],
      ])('%s, in either direction', async (_, type, body, encoding) => {
        await using server = await echo({ contentTypes: ['*', 'text/event-stream'] })
        const received = await send(server.url, {
          headers: { 'content-type': type, ...(encoding !== undefined && { 'content-encoding': encoding }) },
          body,
        })
        expect(received.body.equals(Buffer.from(body))).toBe(true)
        const { request, response } = capturedExchange(await tracing.serverAttributes())
        for (const reference of [request, response]) {
          expect(reference).not.toHaveProperty('dropped')
          const stored = Buffer.from((await store.blobs()).get(String(reference?.sha256)) ?? '').toString()
          expect(stored).toContain('ada')
        }
        await expectNoSecrets()
      })

      test.each<[string, string, string | Buffer, string?]>([
        ['JSON that cannot be parsed', 'application/json', `{ password: '${password}' }`],
        ['JSON in an unknown encoding', 'application/json', Buffer.from(accountJson), 'x-secret-coding'],
        ['JSON whose gzip is damaged', 'application/json', gzipSync(accountJson).subarray(0, -9), 'gzip'],
        ['JSON in UTF-16 that says it is UTF-8', 'application/json', Buffer.from(accountJson, 'utf16le')],
        ['JSON in an unknown charset', 'application/json; charset=x-unknown', accountJson],
        ['a multipart form without its boundary', 'multipart/form-data', formWithFile.body],
      ])('%s: it is dropped, with the reason', async (_, type, body, encoding) => {
        await using server = await echo()
        await send(server.url, {
          headers: { 'content-type': type, ...(encoding !== undefined && { 'content-encoding': encoding }) },
          body,
        })
        const { request, response } = capturedExchange(await tracing.serverAttributes())
        for (const reference of [request, response]) {
          expect(reference).toMatchObject({ dropped: 'redaction_failed', size_bytes: Buffer.byteLength(body) })
          expect(reference?.sha256).not.toBe(sha256(body))
        }
        await expectNoSecrets()
      })

      test('the fields beside an uploaded file', async () => {
        await using server = await adapter.serve(
          async (request, response) => {
            await run(multer({ storage: multer.memoryStorage() }).any(), request, response)
            response.end('received')
          },
          { client, previewBytes: 4096 },
        )
        await send(server.url, formWithFile)
        const { request, files } = capturedExchange(await tracing.serverAttributes())
        expect(files).toMatchObject([{ sha256: sha256('harmless') }])
        const stored = Buffer.from((await store.blobs()).get(String(request?.sha256)) ?? '').toString()
        expect(JSON.parse(stored)).toMatchObject({ user: 'ada' })
        await expectNoSecrets()
      })

      test('the fields beside an uploaded file, by an own function that sees them as one body', async () => {
        const own = createStore()
        await using server = await adapter.serve(
          async (request, response) => {
            await run(multer({ storage: multer.memoryStorage() }).any(), request, response)
            response.end('received')
          },
          { client: own.client, redact: (text: string) => text.replaceAll('ada', `${text.length} characters`) },
        )
        await send(server.url, formWithFile)
        const { request } = capturedExchange(await tracing.serverAttributes())
        const stored = Buffer.from((await own.blobs()).get(String(request?.sha256)) ?? '').toString()
        const { user, password: hidden, account: shown } = JSON.parse(stored)
        expect([user, hidden]).toEqual([expect.stringMatching(/^\d+ characters$/), '[redacted]'])
        expect(JSON.parse(shown)).toMatchObject({ user, Password: password })
      })

      test('a JSON body that is aborted in the middle', async () => {
        await using server = await adapter.serve((request) => request.resume(), { client, previewBytes: 4096 })
        await send(server.url, {
          headers: { 'content-type': 'application/json' },
          body: accountJson,
          chunkBytes: 20,
          abortAfterBytes: 100,
        })
        const { request } = capturedExchange(await tracing.serverAttributes())
        expect(request).toMatchObject({ truncated: true, dropped: 'redaction_failed' })
        await expectNoSecrets()
      })

      test('an own key, or by an own function', async () => {
        for (const redact of [
          { keys: ['user', /^auth/] },
          (text: string) => text.replaceAll(/ada|Ada Lovelace/g, '…'),
        ]) {
          tracing.reset()
          await using server = await echo({ redact })
          await send(server.url, {
            headers: { 'content-type': 'application/json' },
            body: '{"user":"ada","author":"Ada Lovelace"}',
          })
          const { request } = capturedExchange(await tracing.serverAttributes())
          const stored = Buffer.from((await store.blobs()).get(String(request?.sha256)) ?? '').toString()
          expect(Object.keys(JSON.parse(stored))).toEqual(['user', 'author'])
          expect(stored).not.toMatch(/ada|Ada/)
        }
      })
    })

    describe('byte for byte is stored', () => {
      test.each<[string, string, string | Buffer, string?]>([
        ['JSON without secrets', 'application/json', '{ "author" : "Ada", "n": 1e3 ,"big":12345678901234567890 }\n'],
        ['JSON that is cut off, without secrets', 'application/json', '{"author":"Ada","no'],
        ['gzipped JSON without secrets', 'application/json', gzipSync('{"author":"Ada"}'), 'gzip'],
        ['a form without secrets', 'application/x-www-form-urlencoded', 'a=1&&b=%20+%zz'],
        ['a megabyte of JSON with a hundred thousand strings', 'application/json', JSON.stringify(readings)],
        ['text that is no JSON', 'text/plain', 'the password is not a key here'],
      ])('%s', async (_, type, body, encoding) => {
        await using server = await echo()
        await send(server.url, {
          headers: { 'content-type': type, ...(encoding !== undefined && { 'content-encoding': encoding }) },
          body,
        })
        const { request, response } = capturedExchange(await tracing.serverAttributes())
        expect([request?.sha256, response?.sha256]).toEqual([sha256(body), sha256(body)])
      })

      test('everything when redaction is turned off', async () => {
        await using server = await echo({ redact: false })
        const body = '{"password":"a public one"}'
        await send(server.url, { headers: { 'content-type': 'application/json' }, body })
        expect(capturedExchange(await tracing.serverAttributes()).request?.sha256).toBe(sha256(body))
      })
    })
  })
}

import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { BrokerStub, BrokerStubOptions } from './broker-stub.js'
// The forked stub is tested as it is used, built: a child process cannot run the sources.
import { forkBrokerStub, startFaultProxy } from '@span-artifacts/test-support'
import { startBrokerStub } from './start-broker-stub.js'

const TOKEN = 'a-write-token'
const authorization = `Bearer ${TOKEN}`
const bytes = new TextEncoder().encode('the bytes of an artifact')
const sha256 = createHash('sha256').update(bytes).digest('hex')
const registration = { sha256, size_bytes: bytes.length, content_type: 'text/plain', filename: 'a.txt' }

interface Target {
  method: string
  url: string
  requires_auth: boolean
  headers?: Record<string, string>
}

let broker: BrokerStub

afterEach(() => broker.close())

async function start(options: BrokerStubOptions = {}): Promise<void> {
  broker = await startBrokerStub({ token: TOKEN, ...options })
}

async function register(value: unknown = registration): Promise<Response> {
  return fetch(`${broker.url}/v1/artifacts`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: typeof value === 'string' ? value : JSON.stringify(value),
  })
}

async function uploadTarget(): Promise<Target> {
  const answer: { status: string; upload: Target } = JSON.parse(await (await register()).text())
  expect(answer.status).toBe('upload')
  return answer.upload
}

async function put(
  target: Target,
  content: string | Uint8Array<ArrayBuffer> = bytes,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(target.url, {
    method: 'PUT',
    redirect: 'manual',
    headers: { ...(target.requires_auth ? { authorization } : {}), ...target.headers, ...headers },
    body: content,
  })
}

async function finalize(): Promise<Response> {
  return fetch(`${broker.url}/v1/artifacts/${sha256}/finalize`, { method: 'POST', headers: { authorization } })
}

describe.each([
  ['in this process', startBrokerStub],
  ['in a child process', forkBrokerStub],
])('the broker stub %s', (_name, startStub) => {
  test.each(['own', 'objectStore'] as const)('takes an artifact through the handshake (%s)', async (uploads) => {
    broker = await startStub({ token: TOKEN, uploads })
    const target = await uploadTarget()
    expect(target.requires_auth).toBe(uploads === 'own')
    expect(new URL(target.url).origin).toBe(uploads === 'own' ? broker.url : broker.storageUrl)
    expect((await put(target)).status).toBe(uploads === 'own' ? 204 : 200)
    expect(await broker.stored()).toEqual([])
    const finalized = await finalize()
    expect([finalized.status, await finalized.json()]).toEqual([200, { sha256, status: 'ready' }])
    expect(await (await register()).json()).toEqual({ sha256, status: 'exists', upload: null })

    expect(await broker.stored()).toEqual([
      { sha256, sizeBytes: bytes.length, contentType: 'text/plain', filename: 'a.txt' },
    ])
    expect(Buffer.from((await broker.body(sha256))!)).toEqual(Buffer.from(bytes))
    const requests = await broker.requests()
    expect(requests.map(({ step, sha256: about, status }) => [step, about, status])).toEqual([
      ['register', sha256, 201],
      ['put', sha256, uploads === 'own' ? 204 : 200],
      ['finalize', sha256, 200],
      ['register', sha256, 201],
    ])
    expect(requests[1]).toMatchObject({ hasAuthorization: uploads === 'own', bodyBytes: bytes.length, number: 2 })
    expect(requests.map(({ atMs }) => atMs)).toEqual(requests.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
  })

  test('sends uploads through a proxy when it advertises one', async () => {
    broker = await startStub({ token: TOKEN })
    const proxy = await startFaultProxy({ target: broker.url })
    await broker.advertise({ broker: proxy.url })
    expect((await put(await uploadTarget())).status).toBe(204)
    expect(proxy.exchanges.map(({ method }) => method)).toEqual(['PUT'])
    await proxy.close()
  })

  test('does as its script says, then serves again', async () => {
    broker = await startStub({ token: TOKEN })
    await broker.script('register', [
      { kind: 'status', status: 500 },
      { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
      { kind: 'invalidJson' },
    ])
    expect((await register()).status).toBe(500)
    const limited = await register()
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7'])
    await expect((await register()).json()).rejects.toThrow(SyntaxError)
    await broker.always('put', { kind: 'redirect', status: 307, location: 'http://127.0.0.1:1/elsewhere' })
    const target = await uploadTarget()
    expect((await put(target)).headers.get('location')).toBe('http://127.0.0.1:1/elsewhere')
    await broker.always('put', undefined)
    expect((await put(target)).status).toBe(204)
  })
})

describe('the broker stub', () => {
  test('asks for the token at every step of its own', async () => {
    await start()
    const target = await uploadTarget()
    const answers = await Promise.all([
      fetch(`${broker.url}/v1/artifacts`, { method: 'POST', body: JSON.stringify(registration) }),
      fetch(target.url, { method: 'PUT', body: bytes, headers: { authorization: 'Bearer other' } }),
      fetch(`${broker.url}/v1/artifacts/${sha256}/finalize`, { method: 'POST' }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
  })

  test.each([
    ['sha256', { ...registration, sha256: 'ABC' }],
    ['size_bytes', { ...registration, size_bytes: 1.5 }],
    ['size_bytes', { ...registration, size_bytes: '24' }],
    ['content_type', { ...registration, content_type: 'a\r\nb' }],
    ['filename', { ...registration, filename: 'é'.repeat(128) }],
    ['the JSON', '{'],
  ])('refuses a registration and names what is wrong: %s', async (field, value) => {
    await start()
    const answer = await register(value)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { message: `${field} is not valid`, retryable: false } })
  })

  test('refuses another size for a known digest', async () => {
    await start()
    await register()
    expect((await register({ ...registration, size_bytes: 5 })).status).toBe(422)
  })

  test('refuses bytes of another digest, of another length, of no length', async () => {
    await start()
    const target = await uploadTarget()
    expect((await put(target, new Uint8Array(bytes.length))).status).toBe(422)
    expect((await put(target, 'short')).status).toBe(400)
    const stream = new Blob([bytes]).stream()
    const chunked = await fetch(target.url, { method: 'PUT', headers: { authorization }, body: stream, duplex: 'half' })
    expect(chunked.status).toBe(411)
    expect((await put(target, bytes, { 'content-encoding': 'gzip' })).status).toBe(415)
    expect((await finalize()).status).toBe(409)
    expect(await broker.stored()).toEqual([])
  })

  test('the object store refuses a token, a missing signed header, a wrong signature and wrong bytes', async () => {
    await start({ uploads: 'objectStore' })
    const target = await uploadTarget()
    expect((await put(target, bytes, { authorization })).status).toBe(400)
    expect((await put({ ...target, headers: {} })).status).toBe(403)
    expect((await put({ ...target, url: `${target.url}x` })).status).toBe(403)
    expect((await put(target, new Uint8Array(bytes.length))).status).toBe(400)
    expect((await broker.requests()).map(({ hasAuthorization }) => hasAuthorization)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })

  test('a signed URL that expired answers 403, and a new registration brings a good one', async () => {
    await start({ uploads: 'objectStore' })
    const target = await uploadTarget()
    await broker.expireUploads()
    expect((await put(target)).status).toBe(403)
    expect((await put(await uploadTarget())).status).toBe(200)
  })

  test('can do a step and answer as if it had not', async () => {
    await start()
    const target = await uploadTarget()
    await put(target)
    await broker.script('finalize', [{ kind: 'status', status: 502, afterStep: true }])
    expect((await finalize()).status).toBe(502)
    expect(await broker.stored()).toHaveLength(1)
  })

  test('can send clients anywhere', async () => {
    await start()
    await broker.script('register', [{ kind: 'uploadTarget', url: 'file:///etc/passwd', requiresAuth: true }])
    expect(await uploadTarget()).toMatchObject({ url: 'file:///etc/passwd', requires_auth: true, method: 'PUT' })
  })

  test('can reset, hang and answer late', async () => {
    await start()
    await broker.script('register', [
      { kind: 'reset' },
      { kind: 'hang' },
      { kind: 'delay', delayMs: 20, reply: { kind: 'status', status: 503 } },
      { kind: 'delay', delayMs: 20 },
    ])
    await expect(register()).rejects.toThrow('fetch failed')
    const hanging = fetch(`${broker.url}/v1/artifacts`, { method: 'POST', signal: AbortSignal.timeout(100) })
    await expect(hanging).rejects.toThrow(/timeout/)
    expect((await register()).status).toBe(503)
    expect((await register()).status).toBe(201)
    expect((await broker.requests()).map(({ reply, status }) => [reply, status])).toEqual([
      ['reset', undefined],
      ['hang', undefined],
      ['delay', 503],
      ['delay', 201],
    ])
  })

  test('answers early without reading the body', async () => {
    await start()
    const target = await uploadTarget()
    await broker.script('put', [{ kind: 'status', status: 401, early: true }])
    expect((await put(target)).status).toBe(401)
  })

  test('takes an empty artifact', async () => {
    await start()
    const empty = createHash('sha256').digest('hex')
    const registered = await register({ ...registration, sha256: empty, size_bytes: 0 })
    const answer: { upload: Target } = JSON.parse(await registered.text())
    expect((await put(answer.upload, '')).status).toBe(204)
  })
})

import { createHash, randomBytes } from 'node:crypto'
import { writeFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFaultProxy } from '@span-artifacts/test-support'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Artifact } from './artifact.js'
import type { ArtifactClient } from './client.js'
import type { ArtifactDestination } from './destination.js'
import { ArtifactUploadError } from './errors.js'
import { brokerClient, memoryClient, quickRetries, startClient, WRITE_TOKEN } from './test-fixtures/clients.js'

const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')

/** A URL where nothing listens: the port was free a moment ago. */
async function deadEndpoint(): Promise<string> {
  const { broker } = await brokerClient()
  await broker.close()
  return broker.url
}

/** A destination whose attempts wait until they are let go. */
function gatedDestination(): ArtifactDestination & { release(): void; started: number } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const destination = {
    name: 'gated',
    started: 0,
    release: resolve,
    async store() {
      destination.started += 1
      await promise
      return 'stored' as const
    },
  }
  return destination
}

async function failureOf(promise: Promise<unknown>): Promise<ArtifactUploadError> {
  const failure: unknown = await promise.then(() => undefined).catch((error: unknown) => error)
  if (ArtifactUploadError.isInstance(failure)) return failure
  throw new Error(`expected an ArtifactUploadError, not ${String(failure)}`)
}

function record(client: ArtifactClient, data: unknown = randomBytes(100)): Artifact {
  const artifact = new Artifact(data, { client })
  artifact.reference()
  return artifact
}

describe('the handshake', () => {
  test('registers, uploads and finalizes, with the token on each step', async () => {
    const { client, broker } = await brokerClient()
    const content = randomBytes(200_000)
    const artifact = new Artifact(content, { client, filename: 'chart.png' })
    await artifact.uploaded
    expect(await broker.stored()).toEqual([
      { sha256: sha256(content), sizeBytes: 200_000, contentType: 'image/png', filename: 'chart.png' },
    ])
    expect(Buffer.from((await broker.body(artifact.sha256))!)).toEqual(content)
    const requests = await broker.requests()
    expect(requests.map(({ step, hasAuthorization }) => [step, hasAuthorization])).toEqual([
      ['register', true],
      ['put', true],
      ['finalize', true],
    ])
    expect(artifact.reference().url).toBe(`${broker.url}/artifacts/${artifact.sha256}`)
    expect(client.stats()).toMatchObject({ accepted: 1, uploaded: 1, uploadedBytes: 200_000, queuedBytes: 0 })
  })

  test('skips the PUT of content that the broker has', async () => {
    const { client, broker } = await brokerClient()
    await new Artifact('same', { client }).uploaded
    await broker.clearRequests()
    const other = startClient({ endpoint: broker.url, token: WRITE_TOKEN })
    await new Artifact('same', { client: other }).uploaded
    expect((await broker.requests()).map(({ step }) => step)).toEqual(['register'])
    expect(other.stats()).toMatchObject({ accepted: 1, uploaded: 0, deduplicated: 1 })
  })

  test('gives a signed URL no token, and the headers that were signed', async () => {
    const { client, broker } = await brokerClient({}, { uploads: 'objectStore' })
    await new Artifact('for the store', { client }).uploaded
    const put = (await broker.requests()).find(({ step }) => step === 'put')!
    expect(put).toMatchObject({ origin: 'storage', hasAuthorization: false, status: 200 })
    expect(put.headers['x-amz-checksum-sha256']).toBeDefined()
    expect(put.headers['content-length']).toBe('13')
    expect(put.headers['transfer-encoding']).toBeUndefined()
    expect(await broker.stored()).toHaveLength(1)
  })

  test('stores an artifact of no bytes', async () => {
    const { client, broker } = await brokerClient()
    await new Artifact('', { client }).uploaded
    expect(await broker.stored()).toMatchObject([{ sizeBytes: 0 }])
  })

  test('streams a file', async () => {
    const { client, broker } = await brokerClient()
    const directory = await mkdtemp(join(tmpdir(), 'client-test-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const content = randomBytes(5_000_001)
    await writeFile(join(directory, 'video.mp4'), content)
    const artifact = await Artifact.fromFile(join(directory, 'video.mp4'), { client })
    await artifact.uploaded
    expect(await broker.stored()).toMatchObject([{ sha256: sha256(content), contentType: 'video/mp4' }])
  })

  test('registers again when the signed URL has expired', async () => {
    const { client, broker } = await brokerClient({}, { uploads: 'objectStore' })
    await broker.script('put', [{ kind: 'status', status: 403 }])
    await new Artifact('late', { client }).uploaded
    expect((await broker.requests()).map(({ step }) => step)).toEqual([
      'register',
      'put',
      'register',
      'put',
      'finalize',
    ])
  })

  test('takes "it is there already" from the store for an answer', async () => {
    const { client, broker } = await brokerClient({}, { uploads: 'objectStore' })
    await broker.script('put', [{ kind: 'status', status: 412, afterStep: true }])
    await new Artifact('there', { client }).uploaded
    expect(await broker.stored()).toHaveLength(1)
  })

  test.each([409, 410])('starts anew when finalize answers %d', async (status) => {
    const { client, broker } = await brokerClient()
    await broker.script('finalize', [{ kind: 'status', status }])
    await new Artifact('again', { client }).uploaded
    expect(client.stats()).toMatchObject({ uploaded: 1, failed: {} })
  })

  test('uploads four at once by default', async () => {
    const destination = gatedDestination()
    const client = startClient({ destination })
    for (let index = 0; index < 10; index += 1) record(client)
    await expect.poll(() => client.stats().inflight).toBe(4)
    expect(client.stats()).toMatchObject({ queued: 6, inflight: 4 })
    destination.release()
    await client.forceFlush()
    expect(client.stats()).toMatchObject({ uploaded: 10, queued: 0, inflight: 0 })
  })
})

describe('an answer that may change is retried', () => {
  test.each([408, 425, 429, 500, 502, 503, 504])('%d at any step', async (status) => {
    const { client, broker } = await brokerClient()
    for (const step of ['register', 'put', 'finalize'] as const) await broker.script(step, [{ kind: 'status', status }])
    await new Artifact('patience', { client }).uploaded
    expect(await broker.stored()).toHaveLength(1)
    expect(client.stats()).toMatchObject({ accepted: 1, uploaded: 1, failed: {} })
  })

  test.each([
    ['a reset connection', { kind: 'reset' }],
    ['something that is no JSON', { kind: 'invalidJson' }],
  ] as const)('%s', async (_, reply) => {
    const { client, broker } = await brokerClient()
    await broker.script('register', [reply, reply])
    await broker.script('finalize', [reply])
    await new Artifact('patience', { client }).uploaded
    expect(await broker.stored()).toHaveLength(1)
  })

  test('an answer that got lost on its way', async () => {
    const { client, broker } = await brokerClient()
    const proxy = await startFaultProxy({ target: broker.url })
    onTestFinished(() => proxy.close())
    const lost = new Set<string>()
    await proxy.setFault(({ path }) => {
      if (lost.has(path)) return { kind: 'pass' }
      lost.add(path)
      return { kind: 'loseResponse' }
    })
    await broker.advertise({ broker: proxy.url })
    const through = startClient({ endpoint: proxy.url, token: WRITE_TOKEN, ...quickRetries })
    await new Artifact('lost', { client: through }).uploaded
    expect(lost.size).toBe(3)
    expect(await broker.stored()).toHaveLength(1)
    expect(client.stats().accepted).toBe(0)
  })

  test('an upload that is cut off half way', async () => {
    const { broker } = await brokerClient()
    const proxy = await startFaultProxy({ target: broker.url })
    onTestFinished(() => proxy.close())
    await broker.advertise({ broker: proxy.url })
    let cuts = 0
    await proxy.setFault(({ method }) => {
      if (method !== 'PUT' || cuts === 3) return { kind: 'pass' }
      cuts += 1
      return { kind: 'reset', during: 'request', atPercent: 50 }
    })
    const client = startClient({ endpoint: proxy.url, token: WRITE_TOKEN, ...quickRetries })
    await new Artifact(randomBytes(1_000_000), { client }).uploaded
    expect(cuts).toBe(3)
    expect(await broker.stored()).toHaveLength(1)
  })

  test('a broker that hangs, when the request has taken too long', async () => {
    const { client, broker } = await brokerClient({ requestTimeoutMs: 50, stallTimeoutMs: 50 })
    for (const step of ['register', 'put', 'finalize'] as const) await broker.script(step, [{ kind: 'hang' }])
    await new Artifact('patience', { client }).uploaded
    expect(await broker.stored()).toHaveLength(1)
  })

  test('a slow upload is not too slow as long as it moves', async () => {
    const { broker } = await brokerClient()
    const proxy = await startFaultProxy({ target: broker.url })
    onTestFinished(() => proxy.close())
    await broker.advertise({ broker: proxy.url })
    // What the kernel's buffers hold when the last piece is handed over goes out within the stall timeout; all of it
    // takes longer than that.
    await proxy.setFault(({ method }) =>
      method === 'PUT' ? { kind: 'throttle', during: 'request', bytesPerSecond: 8_000_000 } : { kind: 'pass' },
    )
    const client = startClient({
      endpoint: proxy.url,
      token: WRITE_TOKEN,
      requestTimeoutMs: 1000,
      stallTimeoutMs: 2500,
    })
    await new Artifact(randomBytes(30_000_000), { client }).uploaded
    expect((await broker.requests()).filter(({ step }) => step === 'put')).toHaveLength(1)
  })
})

describe('Retry-After', () => {
  test('is honoured, and clamped to a second at least', async () => {
    const { client, broker } = await brokerClient()
    await broker.script('register', [{ kind: 'status', status: 503, headers: { 'retry-after': '0' } }])
    record(client, 'first')
    await expect.poll(async () => (await broker.requests()).length).toBe(1)
    // Others are held back too: it is the broker that asked.
    await Promise.all([record(client, 'first').uploaded, record(client, 'second').uploaded])
    const [refused, ...later] = await broker.requests()
    expect(refused!.status).toBe(503)
    for (const request of later) expect(request.atMs - refused!.answeredAtMs!).toBeGreaterThanOrEqual(1000)
    expect(await broker.stored()).toHaveLength(2)
  })

  test('of the store holds back uploads, but not registrations', async () => {
    const { client, broker } = await brokerClient({}, { uploads: 'objectStore' })
    await broker.script('put', [{ kind: 'status', status: 503, headers: { 'retry-after': '1' } }])
    record(client, 'first')
    await expect.poll(async () => (await broker.requests()).filter(({ step }) => step === 'put').length).toBe(1)
    await Promise.all([record(client, 'first').uploaded, record(client, 'second').uploaded])
    const [refused, ...later] = (await broker.requests()).filter(({ step }) => step === 'put')
    for (const request of later) expect(request.atMs - refused!.answeredAtMs!).toBeGreaterThanOrEqual(1000)
  })
})

describe('an answer that will not change', () => {
  test.each([400, 413, 415, 422])('%d ends the artifact, and only this one', async (status) => {
    const { client, broker } = await brokerClient()
    await broker.script('register', [{ kind: 'status', status, body: '{"error":{"code":"some_code"}}' }])
    const failure = await failureOf(record(client, 'refused').uploaded)
    expect(failure).toMatchObject({ code: 'http_error', status })
    expect(failure.message).toContain('some_code')
    await record(client, 'accepted').uploaded
    expect(client.stats()).toMatchObject({ accepted: 2, uploaded: 1, failed: { [status]: 1 } })
  })

  test.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [507, 'storage_full'],
  ])('%d pauses all uploads and keeps the data', async (status, code) => {
    const { client, broker } = await brokerClient()
    await broker.always('register', { kind: 'status', status })
    const waiting = new Artifact('waiting', { client, upload: 'sync' })
    expect(await failureOf(waiting.uploaded)).toMatchObject({ code, status })
    record(client, 'another')
    await client.forceFlush({ timeoutMs: 50 })
    expect(await broker.requests()).toHaveLength(1)
    expect(client.stats()).toMatchObject({ accepted: 2, queued: 2, inflight: 0, failed: {} })
  })

  test('a redirect is followed nowhere', async () => {
    const { client, broker } = await brokerClient({}, { uploads: 'objectStore' })
    const elsewhere = await brokerClient()
    await broker.script('put', [{ kind: 'redirect', status: 307, location: `${elsewhere.broker.url}/stolen` }])
    expect(await failureOf(record(client).uploaded)).toMatchObject({ code: 'redirected', recovery: 'none' })
    expect(await elsewhere.broker.requests()).toEqual([])
  })

  test('a redirect of the broker pauses, because its address is wrong', async () => {
    const { client, broker } = await brokerClient()
    await broker.always('register', { kind: 'redirect', status: 308, location: 'https://example.invalid/' })
    const artifact = new Artifact('x', { client, upload: 'sync' })
    expect(await failureOf(artifact.uploaded)).toMatchObject({ code: 'redirected', recovery: 'pause' })
  })
})

describe('sync', () => {
  test('resolves when the content is stored', async () => {
    const { client, broker } = await brokerClient()
    await broker.script('register', [{ kind: 'status', status: 500 }])
    await new Artifact('x', { client, upload: 'sync' }).uploaded
    expect(await broker.stored()).toHaveLength(1)
  })

  test('rejects with the cause when the broker is down', async () => {
    const client = startClient({ endpoint: await deadEndpoint(), syncTimeoutMs: 200, ...quickRetries })
    const failure = await failureOf(new Artifact('x', { client, upload: 'sync' }).uploaded)
    expect(failure.code).toBe('timeout')
    expect(failure.message).toContain('ECONNREFUSED')
    expect(failure.cause).toMatchObject({ code: 'network_error' })
    expect(client.stats()).toMatchObject({ accepted: 1, failed: {} })
  })

  test('is accepted when the queue is full', async () => {
    const { client, destination } = memoryClient({ maxQueueBytes: 0, maxQueueArtifacts: 0 })
    await new Artifact('x', { client, upload: 'sync' }).uploaded
    expect(destination.artifacts.size).toBe(1)
  })

  test('rejects at once when the artifact is too large', async () => {
    const { client } = memoryClient({ maxArtifactBytes: 1 })
    const artifact = new Artifact('xx', { client, upload: 'sync' })
    expect(await failureOf(artifact.uploaded)).toMatchObject({ code: 'too_large' })
  })

  test('waits for an attempt that is under way at the deadline', async () => {
    const destination = gatedDestination()
    const client = startClient({ destination, syncTimeoutMs: 1000 })
    const { uploaded } = new Artifact('x', { client, upload: 'sync' })
    await expect.poll(() => destination.started).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    destination.release()
    await uploaded
  })

  test('does not hang on a background upload of the same content that never succeeds', async () => {
    const client = startClient({ endpoint: await deadEndpoint(), syncTimeoutMs: 50, ...quickRetries })
    record(client, 'same')
    expect((await failureOf(new Artifact('same', { client, upload: 'sync' }).uploaded)).code).toBe('timeout')
  })
})

describe('background', () => {
  test('neither throws nor blocks when the broker is down', async () => {
    const client = startClient({ endpoint: await deadEndpoint(), ...quickRetries })
    const references = Array.from({ length: 50 }, (_, index) =>
      new Artifact(`content ${index}`, { client }).reference(),
    )
    expect(references.map(({ dropped }) => dropped)).toEqual(references.map(() => undefined))
    // Nothing has been tried yet: not on the stack of the caller.
    expect(client.stats()).toMatchObject({ accepted: 50, queued: 50, inflight: 0 })
    await client.forceFlush({ timeoutMs: 100 })
    expect(client.stats()).toMatchObject({ accepted: 50, uploaded: 0, failed: {} })
  })

  test('gives up in the end, and says so', async () => {
    const client = startClient({ endpoint: await deadEndpoint(), giveUpAfterMs: 100, ...quickRetries })
    const failure = await failureOf(record(client).uploaded)
    expect(failure.code).toBe('timeout')
    expect(client.stats()).toMatchObject({
      accepted: 1,
      failed: { timeout: 1 },
      queued: 0,
      inflight: 0,
      queuedBytes: 0,
    })
  })

  test('gives up also on what could not be tried during a pause', async () => {
    const { client, broker } = await brokerClient({ giveUpAfterMs: 100 })
    await broker.always('register', { kind: 'status', status: 401 })
    const failures = await Promise.all(['a', 'b', 'c'].map((data) => failureOf(record(client, data).uploaded)))
    expect(failures.map(({ code }) => code)).toEqual(['timeout', 'timeout', 'timeout'])
  })

  test('recovers when the broker comes back', async () => {
    const { broker } = await brokerClient()
    const proxy = await startFaultProxy({ target: broker.url })
    onTestFinished(() => proxy.close())
    await broker.advertise({ broker: proxy.url })
    await proxy.setFault({ kind: 'refuse' })
    const client = startClient({ endpoint: proxy.url, token: WRITE_TOKEN, ...quickRetries })
    const artifacts = Array.from({ length: 20 }, () => record(client))
    await client.forceFlush({ timeoutMs: 50 })
    expect(client.stats().uploaded).toBe(0)
    await proxy.setFault({ kind: 'pass' })
    await Promise.all(artifacts.map(({ uploaded }) => uploaded))
    expect(await broker.stored()).toHaveLength(20)
  })

  test('survives a destination that throws whatever it likes', async () => {
    let attempts = 0
    const destination: ArtifactDestination = {
      name: 'broken',
      urlOf() {
        throw new Error('no')
      },
      store() {
        attempts += 1
        if (attempts === 1) throw new TypeError('synchronous')
        if (attempts === 2) return Promise.reject(undefined)
        return Promise.resolve('stored')
      },
    }
    const client = startClient({ destination, ...quickRetries })
    await record(client).uploaded
    expect(attempts).toBe(3)
  })
})

describe('the queue', () => {
  test('drops the newest when it has too many, and says so in the reference', () => {
    const client = startClient({ destination: gatedDestination(), maxQueueArtifacts: 2 })
    const dropped = ['a', 'b', 'c'].map((data) => new Artifact(data, { client }).reference().dropped)
    expect(dropped).toEqual([undefined, undefined, 'queue_full'])
    expect(client.stats()).toMatchObject({ accepted: 3, queued: 2, dropped: { queue_full: 1 } })
  })

  test('drops what does not fit into its memory, also a lone one', () => {
    const client = startClient({ destination: gatedDestination(), maxQueueBytes: 100 })
    const dropped = [101, 60, 41, 40].map((size) => new Artifact(randomBytes(size), { client }).reference().dropped)
    expect(dropped).toEqual(['queue_full', undefined, 'queue_full', undefined])
    expect(client.stats()).toMatchObject({ queuedBytes: 100, dropped: { queue_full: 2 } })
  })

  test('has room again when an artifact is stored', async () => {
    const { client } = memoryClient({ maxQueueBytes: 100 })
    for (let index = 0; index < 5; index += 1) await record(client, randomBytes(100)).uploaded
    expect(client.stats()).toMatchObject({ uploaded: 5, dropped: {} })
  })

  test('uploads the same content once, however often it is recorded', async () => {
    const { client, broker } = await brokerClient()
    const artifacts = Array.from({ length: 100 }, () => record(client, 'same'))
    await Promise.all(artifacts.map(({ uploaded }) => uploaded))
    await Promise.all(Array.from({ length: 100 }, () => record(client, 'same').uploaded))
    expect((await broker.requests()).map(({ step }) => step)).toEqual(['register', 'put', 'finalize'])
    expect(client.stats()).toMatchObject({ accepted: 200, uploaded: 1, deduplicated: 199 })
  })
})

describe('shutdown', () => {
  test('stores what is queued', async () => {
    const { client, broker } = await brokerClient()
    for (let index = 0; index < 20; index += 1) record(client)
    await client.shutdown()
    expect(await broker.stored()).toHaveLength(20)
  })

  test('waits for content that is still being hashed', async () => {
    const { client, broker } = await brokerClient()
    void new Artifact(randomBytes(3_000_000), { client }).uploaded
    await client.shutdown()
    expect(await broker.stored()).toHaveLength(1)
  })

  test('ends at its deadline, and counts what is lost', async () => {
    const { client, broker } = await brokerClient()
    await broker.always('register', { kind: 'hang' })
    const artifacts = Array.from({ length: 6 }, () => record(client))
    await expect.poll(() => client.stats().inflight).toBe(4)
    await client.shutdown({ timeoutMs: 20 })
    const failures = await Promise.all(artifacts.map(({ uploaded }) => failureOf(uploaded)))
    expect(failures.map(({ code }) => code)).toEqual(failures.map(() => 'already_shutdown'))
    expect(client.stats()).toMatchObject({
      accepted: 6,
      queued: 0,
      inflight: 0,
      queuedBytes: 0,
      failed: { already_shutdown: 6 },
    })
  })

  test('drops what comes later', async () => {
    const { client } = memoryClient()
    await client.shutdown()
    expect(new Artifact('late', { client }).reference().dropped).toBe('already_shutdown')
    expect(client.stats()).toMatchObject({ accepted: 1, dropped: { already_shutdown: 1 } })
  })

  test('can be asked for twice', async () => {
    const { client } = memoryClient()
    record(client)
    await Promise.all([client.shutdown(), client.shutdown()])
    expect(client.stats()).toMatchObject({ uploaded: 1, queued: 0 })
  })
})

test('a flush of a broker that hangs ends at its deadline, and the upload goes on', async () => {
  const { client, broker } = await brokerClient({ requestTimeoutMs: 100 })
  await broker.script('register', [{ kind: 'hang' }])
  const artifact = record(client)
  await client.forceFlush({ timeoutMs: 10 })
  expect(client.stats()).toMatchObject({ uploaded: 0 })
  await artifact.uploaded
})

import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { readAcknowledgements, runCrashes } from '@span-artifacts/test-support'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Artifact } from './artifact.js'
import { ArtifactClient } from './client.js'
import { ArtifactConfigurationError } from './errors.js'
import { quickRetries, WRITE_TOKEN } from './test-fixtures/clients.js'
import { collectGarbage } from './test-fixtures/collect-garbage.js'
import { collectWarnings } from './test-fixtures/collect-warnings.js'
import {
  deadEndpoint,
  KIB,
  record,
  spoolFixture,
  startBroker,
  storedDigests,
  unaccountedFor,
} from './test-fixtures/spool.js'
import { createArtifactWriter } from './writer.js'

const spool = spoolFixture()
const { startClient, files } = spool

describe('when memory is full', () => {
  test('artifacts go to disk, and nothing is dropped', async () => {
    const client = startClient({ endpoint: await deadEndpoint(), maxQueueBytes: 200 * KIB })
    const artifacts = Array.from({ length: 10 }, () => record(client, 40 * KIB))
    expect(artifacts.map((artifact) => artifact.reference().dropped)).toEqual(artifacts.map(() => undefined))
    await expect.poll(() => files()).toHaveLength(8)
    await expect.poll(() => client.stats().queuedBytes).toBe(80 * KIB)
    expect(client.stats()).toMatchObject({ accepted: 10, dropped: {}, failed: {} })
    expect(unaccountedFor(client.stats())).toBe(0)
  })

  test('what went to disk is uploaded from there, and its files are deleted', async () => {
    const broker = await startBroker()
    await broker.script(
      'register',
      Array.from({ length: 12 }, () => ({ kind: 'status' as const, status: 503 })),
    )
    const client = startClient({ endpoint: broker.url, maxQueueBytes: 200 * KIB })
    const artifacts = Array.from({ length: 10 }, () => record(client, 40 * KIB))
    await client.forceFlush()
    expect(await storedDigests(broker)).toEqual(artifacts.map(({ sha256 }) => sha256).sort())
    expect(client.stats()).toMatchObject({ uploaded: 10, spooled: 0, queued: 0, queuedBytes: 0 })
    expect(await files('')).toEqual([expect.stringMatching(/owner\.json$/)])
  })

  test('a lone artifact that is larger than memory may hold goes to disk, not away', async () => {
    const broker = await startBroker()
    const client = startClient({ endpoint: broker.url, maxQueueBytes: 100 * KIB })
    await record(client, 3000 * KIB).uploaded
    expect((await broker.stored()).map(({ sizeBytes }) => sizeBytes)).toEqual([3000 * KIB])
  })

  test('the newest are dropped when the disk is full too, and their references say so', async () => {
    const client = startClient({
      endpoint: await deadEndpoint(),
      maxQueueBytes: 100 * KIB,
      maxSpoolBytes: 100 * KIB,
    })
    const dropped = Array.from({ length: 6 }, () => record(client, 40 * KIB).reference().dropped)
    expect(dropped).toEqual([undefined, undefined, undefined, 'queue_full', 'queue_full', 'queue_full'])
    expect(client.stats().dropped).toEqual({ queue_full: 3 })
    await expect.poll(() => files()).toHaveLength(2)
  })

  test('no more files are written than are allowed', async () => {
    const client = startClient({ endpoint: await deadEndpoint(), maxQueueArtifacts: 0, maxSpoolFiles: 2 })
    const dropped = Array.from({ length: 3 }, () => record(client, 10).reference().dropped)
    expect(dropped).toEqual([undefined, undefined, 'queue_full'])
  })

  test('artifacts that are given up in memory go to disk instead, where they live longer', async () => {
    const client = startClient({ endpoint: await deadEndpoint(), giveUpAfterMs: 10 })
    record(client, 10)
    await expect.poll(() => files()).toHaveLength(1)
    expect(client.stats().failed).toEqual({})
  })

  test('a buffer that changes before it is written is not stored under a wrong digest', async () => {
    const client = startClient({ endpoint: await deadEndpoint(), maxQueueBytes: 0 })
    const data = randomBytes(10 * KIB)
    const artifact = new Artifact(data, { client })
    artifact.reference()
    data.fill(0)
    await expect(artifact.uploaded).rejects.toMatchObject({ code: 'source_changed' })
    expect(await files('')).toEqual([expect.stringMatching(/owner\.json$/)])
    expect(unaccountedFor(client.stats())).toBe(0)
  })
})

describe('content that passes by', () => {
  test('goes to a file while it is hashed when it is larger than 64 KiB, and is uploaded from there', async () => {
    const broker = await startBroker()
    const client = startClient({ endpoint: broker.url })
    const writer = createArtifactWriter({ client })
    const parts = Array.from({ length: 40 }, () => randomBytes(10 * KIB))
    for (const part of parts) {
      writer.write(part)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => files('.partial')).toHaveLength(1)
    await expect.poll(() => client.stats().queuedBytes).toBe(0)
    const artifact = writer.finish({ filename: 'body.bin' })
    expect(artifact.reference()).not.toHaveProperty('dropped')
    await artifact.uploaded
    expect(await broker.body(artifact.sha256)).toEqual(Buffer.concat(parts))
    await client.forceFlush()
    expect(await files('')).toEqual([expect.stringMatching(/owner\.json$/)])
  })

  test('stays in memory when it is small', async () => {
    const client = startClient({ endpoint: await deadEndpoint() })
    const writer = createArtifactWriter({ client })
    writer.write(randomBytes(64 * KIB))
    expect(client.stats().queuedBytes).toBe(64 * KIB)
    writer.discard()
    expect(client.stats().queuedBytes).toBe(0)
  })

  test('leaves no file behind when it is discarded, too large, or known already', async () => {
    const broker = await startBroker()
    const client = startClient({ endpoint: broker.url, maxArtifactBytes: 300 * KIB })
    const content = randomBytes(200 * KIB)
    const write = (bytes: Uint8Array): ReturnType<typeof createArtifactWriter> => {
      const writer = createArtifactWriter({ client })
      for (let start = 0; start < bytes.length; start += 50 * KIB) writer.write(bytes.subarray(start, start + 50 * KIB))
      return writer
    }
    write(content).discard()
    expect(
      write(randomBytes(400 * KIB))
        .finish()
        .reference().dropped,
    ).toBe('too_large')
    await write(content).finish().uploaded
    await write(content).finish().uploaded
    await expect.poll(() => files('')).toEqual([expect.stringMatching(/owner\.json$/)])
    expect(client.stats()).toMatchObject({ uploaded: 1, deduplicated: 1, dropped: { too_large: 1 } })
  })

  test('leaves no file behind, and no room taken, when it is finished and then forgotten', async () => {
    const client = startClient({ endpoint: await deadEndpoint(), maxSpoolBytes: 1000 * KIB })
    const finishAndForget = (): void => {
      const writer = createArtifactWriter({ client })
      writer.write(randomBytes(300 * KIB))
      writer.finish()
    }
    finishAndForget()
    finishAndForget()
    await expect.poll(() => files('.partial')).toHaveLength(2)
    await expect.poll(() => collectGarbage().then(() => files('.partial'))).toEqual([])
    const writer = createArtifactWriter({ client })
    writer.write(randomBytes(900 * KIB))
    const artifact = writer.finish()
    expect(artifact.reference().dropped).toBeUndefined()
    await artifact.persisted
    await collectGarbage()
    expect(await files()).toHaveLength(1)
  })

  test('comes from a stream that is much larger than memory may hold', async () => {
    const broker = await startBroker()
    const client = startClient({ endpoint: broker.url, maxQueueBytes: 100 * KIB })
    const part = randomBytes(100 * KIB)
    const artifact = await Artifact.from(Readable.from(Array.from({ length: 100 }, () => part)), { client })
    expect(artifact.sizeBytes).toBe(10_000 * KIB)
    await artifact.uploaded
    expect((await broker.stored()).map(({ sizeBytes }) => sizeBytes)).toEqual([10_000 * KIB])
  })
})

describe('shutdown', () => {
  test('writes what is left to the spool, and the next process stores it', async () => {
    const first = startClient({ endpoint: await deadEndpoint() })
    const artifacts = Array.from({ length: 20 }, () => record(first, 5 * KIB))
    await first.shutdown({ timeoutMs: 1500 })
    expect(first.stats()).toMatchObject({ accepted: 20, spooled: 20, queued: 0, inflight: 0, failed: {} })
    await expect(artifacts[0]!.uploaded).rejects.toThrow(/in the spool/)

    const broker = await startBroker()
    const second = startClient({ endpoint: broker.url })
    await second.forceFlush()
    expect(await storedDigests(broker)).toEqual(artifacts.map(({ sha256 }) => sha256).sort())
    expect(second.stats()).toMatchObject({ accepted: 20, recovered: 20, uploaded: 20, spooled: 0 })
    expect(await files()).toEqual([])
  })

  test('keeps names and types of what is recovered', async () => {
    const first = startClient({ endpoint: await deadEndpoint(), spoolEverything: true })
    const options = { client: first, filename: 'Gutachten.pdf', contentType: 'application/pdf' }
    await new Artifact('%PDF-1.7', options).persisted
    await first.shutdown({ timeoutMs: 0 })
    const broker = await startBroker()
    await startClient({ endpoint: broker.url }).forceFlush()
    expect(await broker.stored()).toEqual([
      expect.objectContaining({ filename: 'Gutachten.pdf', contentType: 'application/pdf', sizeBytes: 8 }),
    ])
  })

  test('leaves no directory behind when nothing is left', async () => {
    const broker = await startBroker()
    const client = startClient({ endpoint: broker.url })
    await record(client, 10).uploaded
    await client.shutdown()
    expect(await readdir(spool.spoolDirectory)).toEqual([])
  })
})

describe('spoolEverything', () => {
  test('says that an artifact is persisted when it is on disk', async () => {
    const client = startClient({ endpoint: await deadEndpoint(), spoolEverything: true })
    await record(client, 1000).persisted
    expect(await files()).toHaveLength(1)
    expect(client.stats()).toMatchObject({ queued: 0, queuedBytes: 0 })
  })

  test('says nothing of the kind without a disk, until the artifact is stored', async () => {
    const broker = await startBroker()
    const client = startClient({ endpoint: broker.url, spoolEverything: true, maxSpoolBytes: 0 })
    await record(client, 1000).persisted
    expect(await broker.stored()).toHaveLength(1)
  })

  test('loses nothing that is persisted when the process is killed', { timeout: 60_000 }, async () => {
    const ledger = join(spool.base, 'ledger')
    const report = await runCrashes({
      script: new URL('test-fixtures/record-until-killed.mjs', import.meta.url),
      arguments: [await deadEndpoint(), spool.spoolDirectory, ledger],
      kills: 4,
      seed: 11,
      lifeMs: { min: 20, max: 200 },
    })
    expect(report).toEqual({ kills: 4, startUpFailures: [], earlyExits: [] })
    const persisted = await readAcknowledgements(ledger)
    expect(persisted.length).toBeGreaterThan(0)

    const broker = await startBroker()
    const client = startClient({ endpoint: broker.url })
    await client.forceFlush()
    const stored = new Set(await storedDigests(broker))
    expect(persisted.filter((sha256) => !stored.has(sha256))).toEqual([])
    expect(unaccountedFor(client.stats())).toBe(0)
  })
})

describe('the spool', () => {
  test('says nothing about the way: no endpoint, no token, no URL', async () => {
    const endpoint = await deadEndpoint()
    const client = startClient({ endpoint, spoolEverything: true })
    await record(client, 100).persisted
    for (const path of await files('')) {
      const text = (await readFile(path)).toString('latin1')
      expect(text).not.toContain(WRITE_TOKEN)
      expect(text).not.toContain(new URL(endpoint).port)
      expect(text).not.toContain('http')
      expect((await stat(path)).mode & 0o777).toBe(0o600)
    }
  })

  test('forgets what is too old, and counts it', async () => {
    const first = startClient({ endpoint: await deadEndpoint(), spoolEverything: true })
    await record(first, 10).persisted
    await first.shutdown({ timeoutMs: 0 })
    const second = startClient({ endpoint: await deadEndpoint(), maxSpoolAgeMs: 1 })
    await second.forceFlush()
    expect(second.stats()).toMatchObject({ accepted: 1, recovered: 1, failed: { spool_expired: 1 } })
    expect(await files()).toEqual([])
  })

  test('is shared by processes without one taking from the other', async () => {
    const [one, other] = [await deadEndpoint(), await deadEndpoint()]
    const clients = [one, other].map((endpoint) => startClient({ endpoint, spoolEverything: true }))
    for (const client of clients) await record(client, 10).persisted
    expect(clients.map((client) => client.stats().recovered)).toEqual([0, 0])
  })

  test('is in the temporary directory by default, one for each endpoint and token', async () => {
    vi.stubEnv('TMPDIR', spool.base)
    onTestFinished(() => void vi.unstubAllEnvs())
    const endpoint = await deadEndpoint()
    const start = (token: string): ArtifactClient => {
      const client = new ArtifactClient({ endpoint, token, spoolEverything: true, ...quickRetries })
      onTestFinished(() => client.shutdown({ timeoutMs: 0 }))
      return client
    }
    const first = start('first-token')
    await record(first, 10).persisted
    await first.shutdown({ timeoutMs: 0 })
    const [name = ''] = await readdir(spool.base)
    expect(name).toMatch(/^span-artifacts-/)
    expect((await stat(join(spool.base, name))).mode & 0o777).toBe(0o700)

    const stranger = start('second-token')
    await stranger.forceFlush()
    expect(stranger.stats().recovered).toBe(0)
    const heir = start('first-token')
    await expect.poll(() => heir.stats().recovered).toBe(1)
  })

  test('is cleaned of what waited too long for an endpoint that nobody uses any more, with a warning', async () => {
    vi.stubEnv('TMPDIR', spool.base)
    onTestFinished(() => void vi.unstubAllEnvs())
    const warnings = collectWarnings()
    const former = new ArtifactClient({ endpoint: await deadEndpoint(), spoolEverything: true, ...quickRetries })
    await record(former, 10).persisted
    await former.shutdown({ timeoutMs: 0 })
    const [name = ''] = await readdir(spool.base)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 8 * 86_400_000 })
    onTestFinished(() => void vi.useRealTimers())

    const present = new ArtifactClient({ endpoint: await deadEndpoint(), spoolEverything: true, ...quickRetries })
    onTestFinished(() => present.shutdown({ timeoutMs: 0 }))
    await record(present, 10).persisted
    await expect.poll(() => warnings.filter((warning) => warning.includes('spool_expired'))).toHaveLength(1)
    expect(await readdir(join(spool.base, name))).toHaveLength(1)
  })

  test('leaves nothing in the temporary directory but what waits', async () => {
    vi.stubEnv('TMPDIR', spool.base)
    onTestFinished(() => void vi.unstubAllEnvs())
    const broker = await startBroker()
    const client = new ArtifactClient({ endpoint: broker.url, token: WRITE_TOKEN, spoolEverything: true })
    await record(client, 10).uploaded
    await client.shutdown()
    const [name = ''] = await readdir(spool.base)
    expect(await readdir(join(spool.base, name))).toEqual([])
  })

  test('touches no disk before there is something to write', async () => {
    vi.stubEnv('TMPDIR', spool.base)
    onTestFinished(() => void vi.unstubAllEnvs())
    const broker = await startBroker()
    const client = new ArtifactClient({ endpoint: broker.url, token: WRITE_TOKEN })
    await record(client, 10).uploaded
    await client.shutdown()
    expect(await readdir(spool.base)).toEqual([])
  })

  test.each<[string, object]>([
    ['spoolDirectory', { spoolDirectory: '' }],
    ['durability', { durability: 'forever' }],
    ['spoolEverything', { spoolEverything: 1 }],
    ['maxSpoolBytes', { maxSpoolBytes: -1 }],
  ])('refuses a bad %s', (name, options) => {
    expect(() => new ArtifactClient(options)).toThrow(ArtifactConfigurationError)
    expect(() => new ArtifactClient(options)).toThrow(new RegExp(`option ${name} is`))
  })
})

import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { collectWarnings } from './test-fixtures/collect-warnings.js'
import { deadEndpoint, KIB, record, spoolFixture, startBroker, unaccountedFor } from './test-fixtures/spool.js'

const spool = spoolFixture()
const { startClient, files } = spool

// Warnings are coalesced for the whole process: each kind is looked for by the first test that makes it.
describe('a spool that fails', () => {
  test('does not touch the application: one warning, artifacts in memory, drops counted', async () => {
    const warnings = collectWarnings()
    const broker = await startBroker()
    await writeFile(spool.spoolDirectory, 'a file where a directory should be')
    const client = startClient({ endpoint: broker.url, maxQueueBytes: 30 * KIB, spoolEverything: true })
    await client.forceFlush()
    const artifacts = Array.from({ length: 4 }, () => record(client, 10 * KIB))
    expect(artifacts.map((artifact) => artifact.reference().dropped)).toEqual([
      undefined,
      undefined,
      undefined,
      'queue_full',
    ])
    await client.forceFlush()
    expect(await broker.stored()).toHaveLength(3)
    expect(warnings.filter((warning) => warning.includes('spool_unavailable'))).toHaveLength(1)
    expect(unaccountedFor(client.stats())).toBe(0)
  })

  test('keeps in memory what it was to write when it could not', async () => {
    const broker = await startBroker()
    await writeFile(spool.spoolDirectory, 'a file where a directory should be')
    const client = startClient({ endpoint: broker.url, maxQueueBytes: 10 * KIB })
    // Decided for the disk before anybody knew that there is none.
    const artifacts = Array.from({ length: 3 }, () => record(client, 10 * KIB))
    expect(artifacts.map((artifact) => artifact.reference().dropped)).toEqual([undefined, undefined, undefined])
    await client.forceFlush()
    expect(await broker.stored()).toHaveLength(3)
  })

  test('has a damaged body: it goes to quarantine, and the good ones are stored', async () => {
    const warnings = collectWarnings()
    const first = startClient({ endpoint: await deadEndpoint(), spoolEverything: true })
    for (let number = 0; number < 5; number += 1) await record(first, 50 * KIB).persisted
    await first.shutdown({ timeoutMs: 0 })
    const [bad = '', worse = ''] = await files()
    const bytes = await readFile(bad)
    bytes[30_000] = (bytes[30_000] ?? 0) ^ 1
    await writeFile(bad, bytes)
    await writeFile(worse, bytes.subarray(0, 100))
    const before = warnings.length

    const broker = await startBroker()
    const second = startClient({ endpoint: broker.url })
    await second.forceFlush()
    expect(await broker.stored()).toHaveLength(3)
    expect(await readdir(join(spool.spoolDirectory, 'quarantine'))).toHaveLength(2)
    expect(second.stats()).toMatchObject({ accepted: 5, uploaded: 3, failed: { spool_damaged: 2 }, spooled: 0 })
    expect(warnings.slice(before).filter((warning) => warning.includes('spool'))).toHaveLength(1)
  })

  test('is deleted while it is in use: what was in it is counted as lost, what comes is kept', async () => {
    const broker = await startBroker()
    await broker.always('register', { kind: 'status', status: 503 })
    const client = startClient({ endpoint: broker.url, spoolEverything: true })
    const lost = record(client, 100)
    await lost.persisted
    await rm(spool.spoolDirectory, { recursive: true })
    const kept = record(client, 100)
    await broker.always('register', undefined)
    await kept.uploaded
    await expect(lost.uploaded).rejects.toMatchObject({ code: 'spool_damaged' })
    expect(client.stats()).toMatchObject({ uploaded: 1, failed: { spool_damaged: 1 } })
    expect(unaccountedFor(client.stats())).toBe(0)
  })
})

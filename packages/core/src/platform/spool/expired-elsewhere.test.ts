import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { SpoolDirectory } from '../../spool/spool-directory.js'
import { openSpoolDirectory } from './open-spool-directory.js'

const DAY_MS = 86_400_000
const OWN = '0123456789abcdef'
const FOREIGN = 'fedcba9876543210'

let base = ''

beforeEach(async ({ onTestFinished: finished }) => {
  const directory = await mkdtemp(join(tmpdir(), 'spools-'))
  base = directory
  finished(() => rm(directory, { recursive: true, force: true }))
})

async function open(name: string, options: { isTemporary?: boolean; maxAgeMs?: number } = {}): Promise<SpoolDirectory> {
  const { isTemporary = true, maxAgeMs = 7 * DAY_MS } = options
  const directory = await openSpoolDirectory({ path: join(base, name), isTemporary, durability: 'crash', maxAgeMs })
  onTestFinished(() => directory.close())
  return directory
}

const sweep = async (options: { isTemporary?: boolean; maxAgeMs?: number } = {}): Promise<number> =>
  (await open(OWN, options)).deleteExpiredElsewhere(() => true)

/** Leaves an artifact in a spool as a process does that ends. */
async function leave(ageDays: number, keepDays = 7, name = FOREIGN): Promise<void> {
  const directory = await open(name)
  await put(directory, ageDays, keepDays)
  await directory.close()
  await age(ageDays, name)
}

async function put(directory: SpoolDirectory, ageDays: number, keepDays: number): Promise<void> {
  const content = Buffer.from(randomUUID())
  const createdAtMs = Date.now() - ageDays * DAY_MS
  const writer = await directory.createFile()
  await writer.write([content])
  await writer.commit({
    sha256: createHash('sha256').update(content).digest('hex'),
    sizeBytes: content.length,
    contentType: 'text/plain',
    filename: undefined,
    createdAtMs,
    keepUntilMs: createdAtMs + keepDays * DAY_MS,
    attempts: 0,
  })
}

/** Everything in a spool was last touched so long ago. */
async function age(days: number, name: string): Promise<void> {
  const time = new Date(Date.now() - days * DAY_MS)
  const entries = await readdir(join(base, name), { recursive: true })
  for (const entry of ['.', ...entries.toReversed()]) await utimes(join(base, name, entry), time, time)
}

const entries = (name = FOREIGN): Promise<string[]> => readdir(join(base, name), { recursive: true }).catch(() => [])
const artifacts = async (): Promise<number> => (await entries()).filter((name) => name.endsWith('.artifact')).length

describe('the spool of an endpoint that nobody uses any more', () => {
  test('loses what is older than its limit, and goes itself when it is empty', async () => {
    await leave(8)
    expect(await sweep()).toBe(1)
    expect(await readdir(base)).toEqual([OWN])
  })

  test('keeps what is younger, and what its own process wanted to keep for longer', async () => {
    await leave(6)
    await leave(8, 30)
    expect(await sweep()).toBe(0)
    expect(await artifacts()).toBe(2)
  })

  test('keeps for 7 days what a process with a short limit finds beside its own', async () => {
    await leave(6, 1)
    expect(await sweep({ maxAgeMs: 1000 })).toBe(0)
    expect(await artifacts()).toBe(1)
  })

  test('keeps what belongs to a process that lives, however old it is', async () => {
    const living = await open(FOREIGN)
    await put(living, 30, 7)
    await age(30, FOREIGN)
    expect(await sweep()).toBe(0)
    expect(await artifacts()).toBe(1)
  })

  test('loses what was never completed, what is damaged, and what was in quarantine', async () => {
    await leave(8)
    const [instance = ''] = await entries()
    await writeFile(join(base, FOREIGN, instance, `${randomUUID()}.partial`), 'half')
    await writeFile(join(base, FOREIGN, instance, `${randomUUID()}.artifact`), 'damaged')
    await mkdir(join(base, FOREIGN, 'quarantine'))
    await writeFile(join(base, FOREIGN, 'quarantine', 'bad.artifact'), 'damaged')
    await age(8, FOREIGN)
    expect(await sweep()).toBe(2)
    expect(await readdir(base)).toEqual([OWN])
  })

  test('is left alone where the spool has a name: what lies beside it is not ours', async () => {
    await leave(30)
    expect(await sweep({ isTemporary: false })).toBe(0)
    expect(await artifacts()).toBe(1)
  })

  test.each(['notes', `${FOREIGN}0`])('is not the directory %s', async (name) => {
    await leave(30, 7, name)
    const before = await entries(name)
    expect(await sweep()).toBe(0)
    expect(await entries(name)).toEqual(before)
  })

  test('is not reached through a symbolic link', async () => {
    await leave(30, 7, 'elsewhere')
    await symlink(join(base, 'elsewhere'), join(base, FOREIGN))
    expect(await sweep()).toBe(0)
    expect(await artifacts()).toBe(1)
  })

  test('keeps files that no spool has written', async () => {
    await leave(30)
    const [instance = ''] = await entries()
    await writeFile(join(base, FOREIGN, instance, 'notes.txt'), 'mine')
    await age(30, FOREIGN)
    expect(await sweep()).toBe(1)
    expect(await entries()).toEqual([instance, join(instance, 'notes.txt')])
  })

  test('can be swept by several processes at once, and each artifact is counted once', async () => {
    for (let number = 0; number < 10; number += 1) await leave(8)
    await age(8, FOREIGN)
    const sweepers = await Promise.all(Array.from({ length: 4 }, () => open(OWN)))
    const counts = await Promise.all(sweepers.map((directory) => directory.deleteExpiredElsewhere(() => true)))
    expect(counts.reduce((total, count) => total + count)).toBe(10)
    expect(await artifacts()).toBe(0)
  })

  test('is left for the next process when this one ends', async () => {
    await leave(8)
    const directory = await open(OWN)
    expect(await directory.deleteExpiredElsewhere(() => false)).toBe(0)
    expect(await artifacts()).toBe(1)
  })
})

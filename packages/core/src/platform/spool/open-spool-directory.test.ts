import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SpoolDirectory, SpoolFile, SpoolHeader } from '../../spool/spool-directory.js'
import { BODY_OFFSET_BYTES } from './file-format.js'
import { openSpoolDirectory } from './open-spool-directory.js'

const DAY_MS = 86_400_000
const CONTENT = Buffer.from('%PDF-1.7 a receipt')

let base: string
let path: string
const opened: SpoolDirectory[] = []

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'spool-'))
  path = join(base, 'spool')
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((directory) => directory.close()))
  await rm(base, { recursive: true, force: true })
})

async function open(durability: 'crash' | 'power' = 'crash'): Promise<SpoolDirectory> {
  const directory = await openSpoolDirectory({ path, isTemporary: false, durability, maxAgeMs: 7 * DAY_MS })
  opened.push(directory)
  return directory
}

function headerOf(content: Buffer, changes: Partial<SpoolHeader> = {}): SpoolHeader {
  const sha256 = createHash('sha256').update(content).digest('hex')
  const header = { sha256, sizeBytes: content.length, contentType: 'application/pdf', filename: 'receipt.pdf' }
  return { ...header, createdAtMs: 1_767_225_600_000, attempts: 2, ...changes }
}

async function store(directory: SpoolDirectory, content: Buffer = CONTENT): Promise<SpoolFile> {
  const writer = await directory.createFile()
  await writer.write([content.subarray(0, 5), content.subarray(5)])
  return writer.commit(headerOf(content))
}

async function read(file: SpoolFile): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of file.chunks()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function filePaths(below: string = path): Promise<string[]> {
  const entries = await readdir(below, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name !== 'owner.json')
    .map((entry) => join(entry.parentPath, entry.name))
}

/** What a new process finds, and how many files it had to put into quarantine. */
async function adopt(directory: SpoolDirectory): Promise<{ files: SpoolFile[]; damaged: number }> {
  const files: SpoolFile[] = []
  let damaged = 0
  await directory.adoptOrphans({
    adopted: (file) => files.push(file),
    damaged: () => {
      damaged += 1
    },
  })
  return { files, damaged }
}

describe('a file of the spool', () => {
  test.each(['crash', 'power'] as const)('holds content and header, with durability %s', async (durability) => {
    const file = await store(await open(durability))
    expect(await read(file)).toEqual(CONTENT)
    expect(file.header).toEqual(headerOf(CONTENT))
    const [filePath = ''] = await filePaths()
    expect((await stat(filePath)).size).toBe(file.fileBytes)
  })

  test('is readable by this user only, and so is every directory', async () => {
    await store(await open())
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    for (const entry of entries) {
      const { mode } = await stat(join(entry.parentPath, entry.name))
      expect(mode & 0o777).toBe(entry.isDirectory() ? 0o700 : 0o600)
    }
    expect((await stat(path)).mode & 0o777).toBe(0o700)
  })

  test('has a temporary name until it is complete', async () => {
    const writer = await (await open()).createFile()
    await writer.write([CONTENT])
    expect(await filePaths()).toEqual([expect.stringMatching(/\.partial$/)])
    await writer.commit(headerOf(CONTENT))
    expect(await filePaths()).toEqual([expect.stringMatching(/\.artifact$/)])
  })

  test('leaves nothing behind when it is given up', async () => {
    const writer = await (await open()).createFile()
    await writer.write([CONTENT])
    await writer.abort()
    expect(await filePaths()).toEqual([])
  })

  test('does without a name that is too long for its header', async () => {
    const directory = await open()
    const writer = await directory.createFile()
    await writer.write([CONTENT])
    await writer.commit(headerOf(CONTENT, { filename: 'n'.repeat(4000) }))
    await directory.close()
    const { files } = await adopt(await open())
    expect(files[0]?.header).toEqual(headerOf(CONTENT, { filename: undefined }))
  })
})

describe('a new process', () => {
  test('takes over the files of one that has gone', async () => {
    const first = await open()
    await store(first)
    await store(first, Buffer.alloc(300_000, 'a'))
    await first.close()

    const { files, damaged } = await adopt(await open())
    const contents = await Promise.all(files.map(read))
    expect(contents.map(({ length }) => length).sort((a, b) => a - b)).toEqual([CONTENT.length, 300_000])
    expect(damaged).toBe(0)
    expect(files.map(({ header }) => header)).toContainEqual(headerOf(CONTENT))
  })

  test('leaves the files of one that lives alone, and knows what it holds', async () => {
    const first = await open()
    await store(first)
    await first.beat({ bytes: 1234, files: 1 })
    const second = await open()
    expect((await adopt(second)).files).toEqual([])
    expect(second.others).toEqual({ bytes: 1234, files: 1 })
  })

  test('takes over at once from a process that was killed, without waiting for its heartbeat to age', async () => {
    const sleeper = spawn('sleep', ['60'])
    await once(sleeper, 'spawn')
    const first = await open()
    await store(first)
    const [instance = ''] = await readdir(path)
    // As if the sleeper had written it: same boot, same namespace, another pid.
    const ownerPath = join(path, instance, 'owner.json')
    const owner = JSON.parse(await readFile(ownerPath, 'utf8'))
    const status = await readFile(`/proc/${sleeper.pid}/stat`, 'utf8')
    const startTime = status.slice(status.lastIndexOf(')') + 2).split(' ')[19]
    await writeFile(ownerPath, JSON.stringify({ ...owner, pid: sleeper.pid, start_time: startTime }))
    expect((await adopt(await open())).files).toEqual([])

    sleeper.kill('SIGKILL')
    await once(sleeper, 'exit')
    expect((await adopt(await open())).files).toHaveLength(1)
  })

  test('tells a process from a later one with the same pid', async () => {
    const first = await open()
    await store(first)
    const [instance = ''] = await readdir(path)
    const ownerPath = join(path, instance, 'owner.json')
    const owner = JSON.parse(await readFile(ownerPath, 'utf8'))
    await writeFile(ownerPath, JSON.stringify({ ...owner, start_time: '1' }))
    expect((await adopt(await open())).files).toHaveLength(1)
  })

  test('goes by the heartbeat where the owner is on another machine or in another container', async () => {
    const first = await open()
    await store(first)
    const [instance = ''] = await readdir(path)
    const ownerPath = join(path, instance, 'owner.json')
    const owner = JSON.parse(await readFile(ownerPath, 'utf8'))
    await writeFile(ownerPath, JSON.stringify({ ...owner, scope: 'another-boot pid:[1]' }))
    const second = await open()
    expect((await adopt(second)).files).toEqual([])

    const longAgo = new Date(Date.now() - DAY_MS)
    await utimes(ownerPath, longAgo, longAgo)
    expect((await adopt(second)).files).toHaveLength(1)
    expect(await first.beat({ bytes: 0, files: 0 })).toBe(false)
  })

  test('takes over what a process had taken over before it died', async () => {
    const first = await open()
    await store(first)
    await first.close()
    const second = await open()
    // The second process died just after it had claimed the first one's directory.
    const names = await readdir(path, { withFileTypes: true })
    const instances = names.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    const owners = await Promise.all(
      instances.map((name) => stat(join(path, name, 'owner.json')).catch(() => undefined)),
    )
    const dead = instances.find((_, index) => owners[index] === undefined) ?? ''
    const heir = instances.find((_, index) => owners[index] !== undefined) ?? ''
    await rename(join(path, dead), join(path, `${heir}.1`))
    await second.close()

    expect((await adopt(await open())).files).toHaveLength(1)
    expect((await readdir(path)).filter((name) => name.includes('.'))).toEqual([])
  })

  test('is one of several, of which exactly one gets each file', async () => {
    const first = await open()
    for (let number = 0; number < 20; number += 1) await store(first, Buffer.from(`content ${number}`))
    await first.close()
    const heirs = await Promise.all(Array.from({ length: 4 }, () => open()))
    const found = await Promise.all(heirs.map(adopt))
    const digests = found.flatMap(({ files }) => files.map(({ header }) => header.sha256))
    expect(digests).toHaveLength(20)
    expect(new Set(digests).size).toBe(20)
  })

  test('deletes what was being written when a process died', async () => {
    const first = await open()
    const writer = await first.createFile()
    await writer.write([CONTENT])
    await first.close()
    expect(await adopt(await open())).toEqual({ files: [], damaged: 0 })
    expect(await filePaths()).toEqual([])
    await writer.abort()
  })
})

describe('a damaged file', () => {
  const damages: [string, (file: string) => Promise<void>][] = [
    ['empty', (file) => truncate(file, 0)],
    ['cut in its header', (file) => truncate(file, 100)],
    ['cut by one byte', async (file) => truncate(file, (await stat(file)).size - 1)],
    ['longer than it should be', async (file) => writeFile(file, 'x', { flag: 'a' })],
    ['zeroed', async (file) => writeFile(file, Buffer.alloc((await stat(file)).size))],
    ['with a bit flipped at its start', (file) => flipBit(file, 0)],
    ['with a bit flipped in its header', (file) => flipBit(file, 40)],
    ['with a bit flipped in its padding', (file) => flipBit(file, BODY_OFFSET_BYTES - 1)],
    ['with a bit flipped in its trailer', async (file) => flipBit(file, (await stat(file)).size - 1)],
  ]

  test.each(damages)('%s goes to quarantine, and the good one behind it is found', async (_name, inflict) => {
    const first = await open()
    await store(first)
    const [bad = ''] = await filePaths()
    await store(first, Buffer.from('a good one'))
    await inflict(bad)
    await first.close()

    const { files, damaged } = await adopt(await open())
    expect(damaged).toBe(1)
    expect(await Promise.all(files.map(read))).toEqual([Buffer.from('a good one')])
    expect(await readdir(join(path, 'quarantine'))).toHaveLength(1)
  })

  test('never fills the disk: the quarantine has a bound', async () => {
    const first = await open()
    for (let number = 0; number < 103; number += 1) await store(first, Buffer.from(`content ${number}`))
    for (const file of await filePaths()) await truncate(file, 10)
    await first.close()
    expect((await adopt(await open())).damaged).toBe(103)
    expect(await readdir(join(path, 'quarantine'))).toHaveLength(100)
  })

  test('does not stay in quarantine for ever', async () => {
    await mkdir(join(path, 'quarantine'), { recursive: true, mode: 0o700 })
    await chmod(path, 0o700)
    const old = join(path, 'quarantine', 'old.artifact')
    await writeFile(old, 'damaged')
    const longAgo = new Date(Date.now() - 8 * DAY_MS)
    await utimes(old, longAgo, longAgo)
    await open()
    expect(await readdir(join(path, 'quarantine'))).toEqual([])
  })
})

describe('a directory that is not safe', () => {
  test('is refused when it is a symbolic link, with a slash at its end or not', async () => {
    await mkdir(join(base, 'elsewhere'), { mode: 0o700 })
    await symlink(join(base, 'elsewhere'), path)
    await expect(open()).rejects.toThrow(/symbolic link/)
    path = `${path}/`
    await expect(open()).rejects.toThrow(/symbolic link/)
  })

  test('is refused when others can write to it', async () => {
    await mkdir(path)
    await chmod(path, 0o770)
    await expect(open()).rejects.toThrow(/others can write to/)
  })

  test('is refused when everybody could put another one in its place', async () => {
    await mkdir(path, { mode: 0o700 })
    await chmod(base, 0o777)
    await expect(open()).rejects.toThrow(/could replace/)
  })

  test('is refused when it is a file', async () => {
    await writeFile(path, '')
    await expect(open()).rejects.toThrow(/EEXIST|not a directory/)
  })

  test("is refused when it is another user's", async () => {
    await mkdir(path, { mode: 0o700 })
    // Only root can give a directory away; for everybody else, root's own are another user's.
    if (process.getuid?.() === 0) await chown(path, 65_534, 65_534)
    else path = '/usr'
    await expect(open()).rejects.toThrow(/another user/)
  })
})

async function flipBit(file: string, position: number): Promise<void> {
  const bytes = await readFile(file)
  bytes[position] = (bytes[position] ?? 0) ^ 0b100
  await writeFile(file, bytes)
}

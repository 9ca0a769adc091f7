import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sha256Of, temporaryDirectory } from '../testing/test-server.js'
import { describeBlobStore } from './blob-store-contract.js'
import { fileBlobStore } from './file-blob-store.js'

describeBlobStore('fileBlobStore', async () => fileBlobStore(join(await temporaryDirectory(), 'blobs')))

test('only the owner can read files and list directories', async () => {
  const root = join(await temporaryDirectory(), 'blobs')
  const sha256 = sha256Of('')
  await fileBlobStore(root).write({ projectId: 'p1', sha256 }, 0, (async function* () {})())
  const modes = [
    root,
    join(root, 'p1'),
    join(root, 'p1', sha256.slice(0, 2)),
    join(root, 'p1', sha256.slice(0, 2), sha256),
  ]
  const found = await Promise.all(modes.map(async (path) => (await stat(path)).mode & 0o777))
  expect(found).toEqual([0o700, 0o700, 0o700, 0o600])
})

test('a sweep removes what an earlier process left unfinished, and nothing else', async () => {
  const root = join(await temporaryDirectory(), 'blobs')
  const sha256 = sha256Of('')
  const store = fileBlobStore(root)
  await store.write({ projectId: 'p1', sha256 }, 0, (async function* () {})())
  await mkdir(join(root, 'p2', 'ab'), { recursive: true })
  await writeFile(join(root, 'p2', 'ab', `${sha256}.0011223344556677.partial`), 'half')
  await writeFile(join(root, 'unrelated'), 'kept')
  expect(await store.sweep()).toBe(1)
  expect(await store.sweep()).toBe(0)
  expect(await readdir(join(root, 'p2', 'ab'))).toEqual([])
  expect(await store.verify({ projectId: 'p1', sha256 }, 0)).toBe('present')
})

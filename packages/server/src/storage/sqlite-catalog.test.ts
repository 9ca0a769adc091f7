import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../testing/test-server.js'
import type { Catalog } from './catalog/catalog.js'
import { describeCatalog } from './catalog/catalog-contract.js'
import { lockDataDirectory, prepareDataDirectory } from './data-directory.js'
import { openSqliteCatalog } from './sqlite-catalog.js'

async function openTemporary(path?: string): Promise<Catalog> {
  const catalog = await openSqliteCatalog(path ?? join(await temporaryDirectory(), 'catalog.sqlite'))
  onTestFinished(() => catalog.close())
  return catalog
}

describeCatalog('openSqliteCatalog', () => openTemporary())

test('two processes can work on one catalog, as the server and the command line do', async () => {
  const path = join(await temporaryDirectory(), 'catalog.sqlite')
  const [server, commandLine] = [await openTemporary(path), await openTemporary(path)]
  const { id: projectId } = await commandLine.projects.ensure('alpha', 1)
  const token = { id: 't', projectId, scope: 'read', digest: '', createdAt: 1, revokedAt: null } as const
  await commandLine.tokens.add(token)
  expect(await server.tokens.find('t')).toEqual(token)
  await server.tokens.revoke('t', 2)
  expect((await commandLine.tokens.find('t'))?.revokedAt).toBe(2)
})

test('a file that is no database is refused by name', async () => {
  const path = join(await temporaryDirectory(), 'catalog.sqlite')
  await writeFile(path, 'this is not SQLite at all, it is only text of some length'.repeat(20))
  await expect(openSqliteCatalog(path)).rejects.toThrow(`database ${path} cannot be used: file is not a database`)
})

test('the files of the data directory are for its owner alone', async () => {
  const directory = join(await temporaryDirectory(), 'new', 'data')
  const { catalogPath } = await prepareDataDirectory(directory)
  const catalog = await openTemporary(catalogPath)
  await catalog.projects.ensure('x', 1)
  for (const [path, mode] of [
    [directory, 0o700],
    [catalogPath, 0o600],
    [`${catalogPath}-wal`, 0o600],
    [join(directory, 'server.lock'), 0o600],
  ] as const) {
    expect([path, (await stat(path)).mode & 0o777]).toEqual([path, mode])
  }
})

test('a data directory is locked for one server at a time', async () => {
  const directory = await temporaryDirectory()
  await prepareDataDirectory(directory)
  const unlock = lockDataDirectory(directory)
  expect(() => lockDataDirectory(directory)).toThrow(/already in use by another server/)
  unlock()
  lockDataDirectory(directory)()
})

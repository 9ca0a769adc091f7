import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test, vi } from 'vitest'
import { temporaryDirectory } from '../testing/test-server.js'
import type { Catalog } from './catalog/catalog.js'
import { describeCatalog, span } from './catalog/catalog-contract.js'
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

test('no statement about one trace or one artifact reads through those of the whole project', async () => {
  const path = join(await temporaryDirectory(), 'catalog.sqlite')
  const catalog = await openTemporary(path)
  const { id: projectId } = await catalog.projects.ensure('alpha', 1)
  const prepare = vi.spyOn(Sqlite.prototype, 'prepare')
  onTestFinished(() => prepare.mockRestore())
  const reference = { sha256: 'd'.repeat(64), size_bytes: 1, content_type: 'text/plain' }
  const stored = span({ artifacts: [{ key: 'file', reference }] })
  await catalog.traces.addSpans(projectId, [stored])
  await catalog.traces.spans(projectId, stored.traceId, { maxSpans: 10, maxBytes: 10 })
  await catalog.traces.uses(projectId, reference.sha256, 10)
  await catalog.traces.list(projectId, { limit: 10 })
  const { sha256 } = reference
  const described = { projectId, sha256, sizeBytes: 1, contentType: 'text/plain', filename: null }
  await catalog.artifacts.register({ ...described, now: 1, expiresAt: 2, collectAt: 3, quotaBytes: 10 })
  await catalog.artifacts.markReady(projectId, sha256)
  await catalog.artifacts.delete(projectId, sha256, { collectAt: 3, removeBytes: async () => {} })

  const statements = prepare.mock.calls.map(([statement]) => statement)
  const database = new Sqlite(path)
  onTestFinished(() => {
    database.close()
  })
  const steps = statements
    .filter((statement) => /\b(?:spans|span_artifacts|artifacts)\b/.test(statement))
    .flatMap((statement) => explain(database, statement))
  expect(steps.join('\n')).toMatch(/SEARCH link/)
  expect(
    steps.filter((step) => /^SCAN (?:spans|span_artifacts|artifacts|link|root)\b|\(project_id=\?\)$/.test(step)),
  ).toEqual([])
  const sorted = statements.filter((statement) => /"span"\."name"/.test(statement))
  expect(sorted).toHaveLength(1)
  expect(sorted.flatMap((statement) => explain(database, statement)).join('\n')).not.toContain('TEMP B-TREE')
})

test('what an earlier version stored is taken along: the time of links, and what a quota counts', async () => {
  const path = join(await temporaryDirectory(), 'catalog.sqlite')
  const reference = { sha256: 'd'.repeat(64), size_bytes: 1, content_type: 'text/plain' }
  const artifacts = [{ key: 'file', reference }]
  const older = span({ spanId: '1'.repeat(16), startTimeUnixNano: '1000000000', artifacts })
  const newer = span({ spanId: '2'.repeat(16), startTimeUnixNano: '2000000000', artifacts })
  const before = await openSqliteCatalog(path)
  const { id: projectId } = await before.projects.ensure('alpha', 1)
  const removed = span({ spanId: '3'.repeat(16), startTimeUnixNano: '3000000000', artifacts })
  await before.traces.addSpans(projectId, [newer, older, removed])
  const registration = { projectId, contentType: 'text/plain', filename: null, now: 1, expiresAt: 2, collectAt: 3 }
  await before.artifacts.register({ ...registration, sha256: 'e'.repeat(64), sizeBytes: 6 })
  await before.artifacts.markReady(projectId, 'e'.repeat(64))
  await before.close()
  const database = new Sqlite(path)
  database.exec(`
    delete from spans where span_id = '${removed.spanId}';
    ${backToInitialTables}`)
  database.close()
  const catalog = await openTemporary(path)
  const uses = await catalog.traces.uses(projectId, reference.sha256, 10)
  expect(uses.map((use) => use.spanId)).toEqual([newer.spanId, older.spanId])
  const next = { ...registration, sha256: 'f'.repeat(64), sizeBytes: 5, quotaBytes: 10 }
  expect(await catalog.artifacts.register(next)).toBe('quota_exceeded')
  expect(await catalog.artifacts.register({ ...next, quotaBytes: 11 })).toBe('pending')
})

test('tables that cannot be brought up to date stay as they were', async () => {
  const path = join(await temporaryDirectory(), 'catalog.sqlite')
  const before = await openSqliteCatalog(path)
  await before.close()
  const database = new Sqlite(path)
  onTestFinished(() => {
    database.close()
  })
  database.exec(`${backToInitialTables}; drop index span_artifacts_by_digest`)
  await expect(openSqliteCatalog(path)).rejects.toThrow('no such index: span_artifacts_by_digest')
  database.exec('create index span_artifacts_by_digest on span_artifacts (project_id, sha256)')
  const catalog = await openTemporary(path)
  expect((await catalog.projects.ensure('alpha', 1)).name).toBe('alpha')
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

/** Undoes all changes of tables but the first, keeping what is stored. */
const backToInitialTables = `
  drop index span_artifacts_by_trace;
  drop index span_artifacts_newest_uses;
  alter table span_artifacts drop column start_time;
  create index span_artifacts_by_digest on span_artifacts (project_id, sha256);
  alter table projects drop column ready_bytes;
  delete from kysely_migration where name > '0001_initial_tables'`

function explain(database: Sqlite.Database, statement: string): string[] {
  const parameters = Array.from(statement.matchAll(/\?/g), () => null)
  const steps = database.prepare<null[], { detail: string }>(`explain query plan ${statement}`).all(...parameters)
  return steps.map((step) => step.detail)
}

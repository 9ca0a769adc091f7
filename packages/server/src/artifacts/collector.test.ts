import { writeFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fileBlobStore } from '../storage/file-blob-store.js'
import { openSqliteCatalog } from '../storage/sqlite-catalog.js'
import { exchange, exchangeJson } from '../testing/http-exchange.js'
import {
  blobFiles,
  registrationOf,
  sha256Of,
  storeArtifact,
  temporaryDirectory,
  testServer,
} from '../testing/test-server.js'
import { startCollector } from './collector.js'

test('bytes of uploads that were never finalized, and of deleted artifacts, are removed; ready ones stay', async () => {
  const server = await testServer({ registrationLifetimeMs: 60_000, collectionGraceMs: -60_000 })
  const { url, dataDirectory } = server
  const kept = await storeArtifact(url, 'kept')
  await exchangeJson(`${url}/v1/artifacts`, registrationOf('unfinished'))
  await exchange(`${url}/v1/artifacts/${sha256Of('unfinished')}/blob`, { method: 'PUT', body: 'unfinished' })
  const deleted = await storeArtifact(url, 'deleted')
  expect(await blobFiles(dataDirectory)).toHaveLength(3)
  await server.close()

  const catalog = await openSqliteCatalog(join(dataDirectory, 'catalog.sqlite'))
  onTestFinished(() => catalog.close())
  const { id: projectId } = (await catalog.projects.find('default'))!
  await catalog.artifacts.delete(projectId, deleted, { collectAt: 0, removeBytes: async () => {} })
  const blobs = fileBlobStore(join(dataDirectory, 'blobs'))
  const collector = startCollector({
    blobs,
    catalog: catalog.artifacts,
    onError: (error) => expect.unreachable(String(error)),
  })
  await collector.collect()
  await collector.stop()
  expect(await blobFiles(dataDirectory)).toEqual([kept])
  expect((await catalog.artifacts.find(projectId, deleted))?.status).toBe('deleted')
  expect(await catalog.artifacts.find(projectId, sha256Of('unfinished'))).toBeUndefined()
})

test('bytes that cannot be removed do not keep those of others', async () => {
  const server = await testServer({ registrationLifetimeMs: 60_000, collectionGraceMs: -60_000 })
  const contents = ['stuck', 'a', 'b', 'c']
  for (const content of contents) await exchangeJson(`${server.url}/v1/artifacts`, registrationOf(content))
  await server.close()
  const catalog = await openSqliteCatalog(join(server.dataDirectory, 'catalog.sqlite'))
  onTestFinished(() => catalog.close())
  const { id: projectId } = (await catalog.projects.find('default'))!
  const blobs = join(server.dataDirectory, 'blobs')
  const stuck = sha256Of('stuck')
  await mkdir(join(blobs, projectId, stuck.slice(0, 2), stuck), { recursive: true })
  const collector = startCollector({ blobs: fileBlobStore(blobs), catalog: catalog.artifacts, onError: () => {} })
  await expect(collector.collect()).rejects.toThrow(/were not removed, first: .*EISDIR/)
  await collector.stop()
  const left = await Promise.all(contents.map((content) => catalog.artifacts.find(projectId, sha256Of(content))))
  expect(left.map((artifact) => artifact?.sha256)).toEqual([stuck, undefined, undefined, undefined])
})

test('bytes that cannot be removed are tried once, and however many they are, others are removed', async () => {
  const catalog = await openSqliteCatalog(join(await temporaryDirectory(), 'catalog.sqlite'))
  onTestFinished(() => catalog.close())
  const { id: projectId } = await catalog.projects.ensure('alpha', 1)
  const described = { projectId, sizeBytes: 1, contentType: 'text/plain', filename: null, expiresAt: 2, collectAt: 3 }
  const stuck = Array.from({ length: 250 }, (_, index) => sha256Of(`stuck ${index}`))
  const free = Array.from({ length: 50 }, (_, index) => sha256Of(`free ${index}`))
  for (const sha256 of [...stuck, ...free]) await catalog.artifacts.register({ ...described, sha256, now: 1 })
  const tried: string[] = []
  const blobs = {
    ...fileBlobStore(await temporaryDirectory()),
    async delete({ sha256 }: { sha256: string }) {
      tried.push(sha256)
      if (stuck.includes(sha256)) throw new Error('read-only')
    },
  }
  const reported = Promise.withResolvers<unknown>()
  const collector = startCollector({ blobs, catalog: catalog.artifacts, onError: reported.resolve })
  expect(String(await reported.promise)).toContain(
    'the bytes of 250 artifact(s) were not removed, first: Error: read-only',
  )
  await collector.stop()
  expect(tried.toSorted()).toEqual([...stuck, ...free].toSorted())
  expect((await catalog.artifacts.collectible(3, 1000)).map(({ sha256 }) => sha256)).toEqual(stuck.toSorted())
})

test('trouble with the storage is reported and nothing is forgotten', async () => {
  const server = await testServer({ registrationLifetimeMs: 60_000, collectionGraceMs: -60_000 })
  await exchangeJson(`${server.url}/v1/artifacts`, registrationOf('x'))
  await server.close()
  const catalog = await openSqliteCatalog(join(server.dataDirectory, 'catalog.sqlite'))
  onTestFinished(() => catalog.close())
  const { id: projectId } = (await catalog.projects.find('default'))!
  const blobs = join(server.dataDirectory, 'blobs')
  await mkdir(blobs, { recursive: true })
  await writeFile(join(blobs, projectId), 'a file where the directory should be')
  const collector = startCollector({ blobs: fileBlobStore(blobs), catalog: catalog.artifacts, onError: () => {} })
  await expect(collector.collect()).rejects.toThrow('ENOTDIR')
  await collector.stop()
  expect(await catalog.artifacts.find(projectId, sha256Of('x'))).toBeDefined()
})

import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { BlobContentError, type BlobKey, type BlobPresence, type BlobStore, type ByteRange } from './blob-store.js'
import { hasCode, makeDurableDirectory, syncDirectory } from './durable-directory.js'

const fileMode = 0o600
const shardLength = 2
const temporaryNameBytes = 8
const temporarySuffix = '.partial'

/**
 * Keeps each blob in a file of its own: `<directory>/<project>/<first two digits>/<sha256>`.
 *
 * A blob is hashed while it is written to a temporary file of the same directory, synced, renamed to its name, and the
 * directory is synced. So at any moment, a crash included, a file with a digest for its name is whole and verified.
 *
 * @param directory where the blobs are; created when the first one is written
 */
export function fileBlobStore(directory: string): BlobStore {
  const root = resolve(directory)
  const pathOf = (key: BlobKey): string => join(root, key.projectId, key.sha256.slice(0, shardLength), key.sha256)

  return {
    async write(key, sizeBytes, body) {
      const path = pathOf(key)
      const folder = dirname(path)
      await makeDurableDirectory(folder)
      const temporaryPath = `${path}.${randomBytes(temporaryNameBytes).toString('hex')}${temporarySuffix}`
      const file = await open(temporaryPath, 'wx', fileMode)
      try {
        try {
          await copyVerified(file, { key, sizeBytes, body })
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(temporaryPath, path)
      } catch (error) {
        await rm(temporaryPath, { force: true })
        throw error
      }
      await syncDirectory(folder)
    },

    async verify(key, sizeBytes): Promise<BlobPresence> {
      // The name alone vouches for the digest: nothing gets it before its bytes were hashed.
      const size = await fileSize(pathOf(key))
      if (size === undefined) return 'absent'
      return size === sizeBytes ? 'present' : 'mismatch'
    },

    async read(key, range?: ByteRange): Promise<Readable | undefined> {
      const file = await openIfPresent(pathOf(key))
      return file?.createReadStream(range === undefined ? {} : { start: range.start, end: range.end })
    },

    async delete(key) {
      await rm(pathOf(key), { force: true })
    },

    async sweep() {
      let removed = 0
      for (const project of await directoriesIn(root)) {
        for (const shard of await directoriesIn(project)) {
          for (const name of await readdir(shard)) {
            if (!name.endsWith(temporarySuffix)) continue
            await rm(join(shard, name), { force: true })
            removed += 1
          }
        }
      }
      return removed
    },
  }
}

interface ExpectedContent {
  key: BlobKey
  sizeBytes: number
  body: AsyncIterable<Uint8Array>
}

async function copyVerified(file: FileHandle, expected: ExpectedContent): Promise<void> {
  const hash = createHash('sha256')
  let written = 0
  for await (const chunk of expected.body) {
    written += chunk.length
    if (written > expected.sizeBytes) throw new BlobContentError('size')
    hash.update(chunk)
    await file.writeFile(chunk)
  }
  if (written !== expected.sizeBytes) throw new BlobContentError('size')
  if (hash.digest('hex') !== expected.key.sha256) throw new BlobContentError('digest')
}

async function fileSize(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function directoriesIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

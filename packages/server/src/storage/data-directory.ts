import { constants } from 'node:fs'
import { access, open, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import Sqlite from 'better-sqlite3'
import { makeDurableDirectory } from './durable-directory.js'

const fileMode = 0o600

const catalogName = 'catalog.sqlite'
const lockName = 'server.lock'

/** Where a server keeps its files. */
export interface DataDirectory {
  /** The catalog's SQLite file. */
  catalogPath: string
  /** The directory of the blobs. */
  blobsPath: string
}

/** The data directory cannot be used; the message says which and why. */
export class DataDirectoryError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DataDirectoryError'
  }
}

/**
 * Creates the data directory where there is none, readable by its owner alone, and checks that it can be written.
 *
 * @throws DataDirectoryError when it cannot
 */
export async function prepareDataDirectory(path: string): Promise<DataDirectory> {
  const root = resolve(path)
  try {
    await makeDurableDirectory(root)
    if (!(await stat(root)).isDirectory()) throw new Error('it is not a directory')
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK)
    // SQLite would make its files readable by everybody; what it puts beside them gets the mode of the first.
    for (const name of [catalogName, lockName]) await (await open(join(root, name), 'a', fileMode)).close()
  } catch (cause) {
    throw new DataDirectoryError(`data directory ${root} cannot be used: ${reason(cause)}`, { cause })
  }
  return { catalogPath: join(root, catalogName), blobsPath: join(root, 'blobs') }
}

/**
 * Claims a data directory for one server. The lock is SQLite's own on a file there, so the operating system drops it
 * with the process, however that ends, and no stale lock can be left.
 *
 * @returns releases the claim
 * @throws DataDirectoryError when another server holds it
 */
export function lockDataDirectory(path: string): () => void {
  const root = resolve(path)
  const lock = new Sqlite(join(root, lockName), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if (cause instanceof Sqlite.SqliteError && cause.code.startsWith('SQLITE_BUSY')) {
      throw new DataDirectoryError(`data directory ${root} is already in use by another server`, { cause })
    }
    throw new DataDirectoryError(`data directory ${root} cannot be locked: ${reason(cause)}`, { cause })
  }
  return () => {
    lock.close()
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EROFS':
      return 'the file system is read-only'
    case 'ENOTDIR':
      return 'it, or one of its parents, is not a directory'
    case 'ENOSPC':
      return 'the disk is full'
    default:
      return error.message
  }
}

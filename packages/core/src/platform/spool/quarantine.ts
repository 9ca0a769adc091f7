import { lstat, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { SpoolUsage } from '../../spool/spool-directory.js'
import { ensurePrivateDirectory } from './private-directory.js'

/** The directory of damaged files, beside those of the processes. */
export const QUARANTINE_DIRECTORY = 'quarantine'

/** How many damaged files are kept; more are deleted, so that a bad disk cannot fill itself. */
const MAX_QUARANTINED_FILES = 100

export interface Quarantine {
  /** What it holds. */
  usage(): Promise<SpoolUsage>
  /** Moves a file here, or deletes it when there are too many. */
  take(path: string): Promise<void>
  /** Deletes files that are older than this, in milliseconds. */
  deleteOlderThan(maxAgeMs: number): Promise<void>
}

/** Opens the quarantine of a spool; it is created with its first file. */
export function openQuarantine(spoolPath: string): Quarantine {
  const directory = join(spoolPath, QUARANTINE_DIRECTORY)

  const files = async (): Promise<{ path: string; sizeBytes: number; modifiedAtMs: number }[]> => {
    const names = await readdir(directory).catch(() => [])
    const found = names.map(async (name) => {
      const path = join(directory, name)
      const status = await lstat(path).catch(() => undefined)
      return status === undefined ? [] : [{ path, sizeBytes: status.size, modifiedAtMs: status.mtimeMs }]
    })
    return (await Promise.all(found)).flat()
  }

  return {
    async usage() {
      const found = await files()
      return { bytes: found.reduce((total, { sizeBytes }) => total + sizeBytes, 0), files: found.length }
    },
    async take(path) {
      await ensurePrivateDirectory(directory)
      const { length } = await readdir(directory)
      if (length < MAX_QUARANTINED_FILES) await rename(path, join(directory, basename(path)))
      else await rm(path, { force: true })
    },
    async deleteOlderThan(maxAgeMs) {
      for (const { path, modifiedAtMs } of await files()) {
        if (Date.now() - modifiedAtMs > maxAgeMs) await rm(path, { force: true, recursive: true })
      }
    },
  }
}

import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Only the owner may list or enter directories of the server. */
const directoryMode = 0o700

/**
 * Creates a directory, and its parents, such that their entries survive a power cut: without that, a synced file in
 * them could still be lost. One that is there already is left as it is.
 *
 * `mkdir` with `recursive` is not used: on file systems that refuse new directories, such as `/proc`, it never returns.
 */
export async function makeDurableDirectory(directory: string): Promise<void> {
  try {
    if (!(await makeDirectory(directory))) return
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || dirname(directory) === directory) throw error
    await makeDurableDirectory(dirname(directory))
    await makeDirectory(directory)
  }
  await syncDirectory(dirname(directory))
}

/** Makes the entries of a directory durable: files created, renamed or removed in it. */
export async function syncDirectory(directory: string): Promise<void> {
  // Windows can neither open nor sync a directory; its file system journals the entries by itself.
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some network file systems cannot sync a directory; then the file's own sync is all that there is.
    if (!hasCode(error, 'EINVAL') && !hasCode(error, 'ENOTSUP')) throw error
  } finally {
    await handle.close()
  }
}

/** Whether an error of the file system has this code, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** Returns whether the directory had to be created. */
async function makeDirectory(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { mode: directoryMode })
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** A file below a directory. */
export interface FoundFile {
  path: string
  sizeBytes: number
}

/** Every regular file below a directory; one that vanishes meanwhile is left out, and no directory is no files. */
export async function filesBelow(directory: string): Promise<FoundFile[]> {
  const names = await readdir(directory, { recursive: true }).catch(() => [])
  const found: FoundFile[] = []
  for (const name of names) {
    const path = join(directory, name)
    const status = await lstat(path).catch(() => undefined)
    if (status?.isFile()) found.push({ path, sizeBytes: status.size })
  }
  return found
}

/** The bytes of all files below a directory. */
export async function bytesBelow(directory: string): Promise<number> {
  return (await filesBelow(directory)).reduce((total, { sizeBytes }) => total + sizeBytes, 0)
}

import { lstat, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const PRIVATE_DIRECTORY_MODE = 0o700
const WRITABLE_BY_GROUP_OR_OTHERS = 0o022
const WRITABLE_BY_OTHERS = 0o002
const STICKY = 0o1000
const ROOT_UID = 0

/**
 * Makes sure that a directory is there and is this user's alone to write to. Creates it, and those above it, with mode
 * 0700.
 *
 * @throws Error when it is a link, no directory, another user's, or writable by others: whoever can write there could
 *   read what is spooled, or put files of their own into it
 */
export async function ensurePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY_MODE })
  const status = await lstat(path)
  if (status.isSymbolicLink()) throw new Error(`${path} is a symbolic link: name the directory itself`)
  if (!status.isDirectory()) throw new Error(`${path} is not a directory`)
  // Windows has neither users' numbers nor modes.
  if (process.getuid === undefined) return
  if (status.uid !== process.getuid()) throw new Error(`${path} belongs to another user`)
  if ((status.mode & WRITABLE_BY_GROUP_OR_OTHERS) !== 0) {
    throw new Error(`others can write to ${path}: run chmod 700 on it`)
  }
  await refuseReplaceable(path)
}

/** Whether a directory is there, and is this user's alone to write to. */
export async function isPrivateDirectory(path: string): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined)
  if (status?.isDirectory() !== true) return false
  if (process.getuid === undefined) return true
  return status.uid === process.getuid() && (status.mode & WRITABLE_BY_GROUP_OR_OTHERS) === 0
}

/** Whoever may rename entries of the directory above could put another one in the place of this one. */
async function refuseReplaceable(path: string): Promise<void> {
  const above = await stat(dirname(path))
  if ((above.mode & STICKY) !== 0) return
  const isTrusted = above.uid === process.getuid?.() || above.uid === ROOT_UID
  if (isTrusted && (above.mode & WRITABLE_BY_OTHERS) === 0) return
  throw new Error(`others could replace ${path}: the directory above it is theirs, or everybody can write to it`)
}

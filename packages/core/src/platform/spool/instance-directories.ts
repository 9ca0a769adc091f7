import type { Dirent } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { livingOwnersUsage, STALE_AFTER_MS } from './owner-file.js'
import type { ProcessIdentity } from './process-identity.js'

/*
 * <spool>/<instance>/             one process's files; its owner.json says that the process lives
 * <spool>/<instance>.<n>/         a dead process's directory that this one is emptying
 * <spool>/<instance>.claim/       a directory that is not claimed yet
 * <spool>/quarantine/             damaged files
 */
export const CLAIM_SUFFIX = '.claim'
const INSTANCE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.(?:\d+|claim))?$/

/** The instance that a directory belongs to; undefined when it is none of ours. */
export function ownerOf(name: string): string | undefined {
  return INSTANCE.exec(name)?.[1]
}

/** Whether an entry of a spool is a directory that a dead process has left. */
export async function isOrphan({ spool, name, self }: SpoolEntry): Promise<boolean> {
  const owner = ownerOf(name)
  if (owner === undefined) return false
  if (name.endsWith(CLAIM_SUFFIX)) return isOlderThan(join(spool, name), STALE_AFTER_MS)
  return (await livingOwnersUsage(join(spool, owner), self)) === undefined
}

/** An entry of a spool, and who asks about it. */
export interface SpoolEntry {
  /** The path of the spool. */
  readonly spool: string
  readonly name: string
  readonly self: ProcessIdentity
}

/** One entry after the other, however many there are; none where there is no directory. */
export async function* entriesOf(path: string): AsyncGenerator<Dirent, void, undefined> {
  const directory = await opendir(path).catch(() => undefined)
  if (directory !== undefined) yield* directory
}

/** Whether a file or directory is there, and was last changed longer ago than this, in milliseconds. */
export async function isOlderThan(path: string, ageMs: number): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined)
  return status !== undefined && Date.now() - status.mtimeMs > ageMs
}

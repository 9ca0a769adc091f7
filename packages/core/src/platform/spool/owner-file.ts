import { open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord, parseJson } from '../../json.js'
import type { SpoolUsage } from '../../spool/spool-directory.js'
import { livenessOf, type ProcessIdentity } from './process-identity.js'

const OWNER_FILE = 'owner.json'
const OWNER_FILE_MODE = 0o600

/** How old a sign of life may be, in milliseconds, where nothing else tells whether a process lives: six heartbeats. */
export const STALE_AFTER_MS = 30_000

/** Says whose a directory is. Its modification time is the heartbeat. */
interface Owner {
  readonly identity: ProcessIdentity
  readonly usage: SpoolUsage
}

/** Writes the owner file of a new directory. */
export async function createOwnerFile(directory: string, owner: Owner): Promise<void> {
  await writeOwner(directory, owner, 'wx')
}

/** Gives a sign of life. @returns false when the directory is not this process's any more */
export async function updateOwnerFile(directory: string, owner: Owner): Promise<boolean> {
  try {
    // Without creating it: where it is gone, somebody has taken the directory over, or deleted it.
    await writeOwner(directory, owner, 'r+')
    return true
  } catch {
    return false
  }
}

/** Gives the directory up. */
export async function removeOwnerFile(directory: string): Promise<void> {
  await rm(join(directory, OWNER_FILE), { force: true })
}

/** Whether this is the name of an owner file. */
export function isOwnerFile(name: string): boolean {
  return name === OWNER_FILE
}

/** What a living process holds in a directory; undefined when its owner is dead, or has given it up. */
export async function livingOwnersUsage(directory: string, self: ProcessIdentity): Promise<SpoolUsage | undefined> {
  const path = join(directory, OWNER_FILE)
  const status = await stat(path).catch(() => undefined)
  if (status === undefined) return undefined
  const owner = parseOwner(await readFile(path, 'utf8').catch(() => ''))
  const liveness = owner === undefined ? undefined : await livenessOf(owner.identity, self)
  if (liveness === 'dead') return undefined
  const isFresh = Date.now() - status.mtimeMs < STALE_AFTER_MS
  return liveness === 'alive' || isFresh ? (owner?.usage ?? { bytes: 0, files: 0 }) : undefined
}

async function writeOwner(directory: string, { identity, usage }: Owner, flags: 'wx' | 'r+'): Promise<void> {
  const { pid, scope, startTime } = identity
  const text = Buffer.from(`${JSON.stringify({ pid, scope, start_time: startTime, ...usage })}\n`)
  const handle = await open(join(directory, OWNER_FILE), flags, OWNER_FILE_MODE)
  try {
    await handle.write(text, 0, text.length, 0)
    await handle.truncate(text.length)
    const now = new Date()
    await handle.utimes(now, now)
  } finally {
    await handle.close()
  }
}

function parseOwner(text: string): Owner | undefined {
  const json = parseJson(text)
  if (!isRecord(json)) return undefined
  const { pid, scope, start_time: startTime, bytes, files } = json
  if (typeof pid !== 'number') return undefined
  return {
    identity: { pid, scope: textOrNone(scope), startTime: textOrNone(startTime) },
    usage: { bytes: countOrNone(bytes), files: countOrNone(files) },
  }
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function countOrNone(value: unknown): number {
  return typeof value === 'number' && value >= 0 ? value : 0
}

import { lstat, rm, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { entriesOf, isOlderThan, isOrphan } from './instance-directories.js'
import { isOwnerFile } from './owner-file.js'
import { isPrivateDirectory } from './private-directory.js'
import type { ProcessIdentity } from './process-identity.js'
import { openQuarantine, QUARANTINE_DIRECTORY } from './quarantine.js'
import { COMPLETE_SUFFIX, openSpoolFile, PARTIAL_SUFFIX } from './spool-file.js'

/** A spool that has the default place: the digits that stand for endpoint and token. */
const SPOOL_NAME = /^[0-9a-f]{16}$/
/**
 * For how long anything is left alone, in milliseconds, whose own limit is not known or shorter: 7 days, the limit that
 * spools have by default. Who sets a short one means the artifacts of his own endpoint.
 */
const MIN_AGE_MS = 604_800_000
/** How long a spool must have been untouched before it is deleted for being empty, in milliseconds: someone may just be opening it. */
const MIN_IDLE_MS = 3_600_000

interface SweepOptions {
  /** The spool of this process; those beside it are looked at. */
  readonly path: string
  readonly self: ProcessIdentity
  readonly maxAgeMs: number
  /** Asked before each file. */
  readonly isWanted: () => boolean
}

/**
 * Deletes what is too old in the spools of other endpoints and tokens. Nobody else may ever open those again: an endpoint is
 * given up, a token replaced. Nothing of it is read but headers, and nothing is touched whose process lives.
 *
 * Each file is judged by itself and never changes, so it does not matter who else deletes it or takes it over meanwhile.
 *
 * @returns how many artifacts were deleted
 */
export async function deleteExpiredElsewhere(options: SweepOptions): Promise<number> {
  const { path } = options
  const sweep = new Sweep(options)
  for await (const { name } of entriesOf(dirname(path))) {
    const spool = join(dirname(path), name)
    if (spool !== path && SPOOL_NAME.test(name) && (await isPrivateDirectory(spool))) await sweep.spool(spool)
    if (sweep.isOver) break
  }
  return sweep.deleted
}

class Sweep {
  deleted = 0
  readonly #options: SweepOptions
  readonly #maxAgeMs: number

  constructor(options: SweepOptions) {
    this.#options = options
    this.#maxAgeMs = Math.max(options.maxAgeMs, MIN_AGE_MS)
  }

  get isOver(): boolean {
    return !this.#options.isWanted()
  }

  async spool(spool: string): Promise<void> {
    const wasIdle = await isOlderThan(spool, MIN_IDLE_MS)
    for await (const { name } of entriesOf(spool)) {
      if (await isOrphan({ spool, name, self: this.#options.self })) await this.#orphan(join(spool, name))
      if (this.isOver) return
    }
    await openQuarantine(spool).deleteOlderThan(this.#maxAgeMs)
    // Neither goes when anything is left in it.
    await rmdir(join(spool, QUARANTINE_DIRECTORY)).catch(() => undefined)
    if (wasIdle) await rmdir(spool).catch(() => undefined)
  }

  async #orphan(directory: string): Promise<void> {
    let isEmpty = true
    let ownerFile: string | undefined
    for await (const { name } of entriesOf(directory)) {
      if (this.isOver) return
      const path = join(directory, name)
      if (isOwnerFile(name)) ownerFile = path
      else if (!(await this.#deleteExpired(path))) isEmpty = false
    }
    // It shows a process that was only frozen that somebody took it for dead, as an adoption would.
    if (!isEmpty || (ownerFile !== undefined && !(await isOlderThan(ownerFile, this.#maxAgeMs)))) return
    if (ownerFile !== undefined) await rm(ownerFile, { force: true })
    await rmdir(directory).catch(() => undefined)
  }

  /** @returns whether the file is gone */
  async #deleteExpired(path: string): Promise<boolean> {
    const isArtifact = path.endsWith(COMPLETE_SUFFIX)
    if (!isArtifact && !path.endsWith(PARTIAL_SUFFIX)) return false
    try {
      if (!(await this.#isExpired(path, isArtifact))) return false
      await unlink(path)
      if (isArtifact) this.deleted += 1
      return true
    } catch {
      // Another process was faster, or may do more than this one.
      return (await lstat(path).catch(() => undefined)) === undefined
    }
  }

  async #isExpired(path: string, isArtifact: boolean): Promise<boolean> {
    // Of most files that spares the opening.
    if (!(await isOlderThan(path, this.#maxAgeMs))) return false
    const file = isArtifact ? await openSpoolFile({ path, quarantine: () => Promise.resolve() }) : undefined
    return Date.now() > (file?.header.keepUntilMs ?? 0)
  }
}

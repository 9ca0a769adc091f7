import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, rmdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type {
  AdoptionObserver,
  SpoolDirectory,
  SpoolDirectoryOptions,
  SpoolUsage,
} from '../../spool/spool-directory.js'
import { deleteExpiredElsewhere } from './expired-elsewhere.js'
import { CLAIM_SUFFIX, entriesOf, isOrphan, ownerOf } from './instance-directories.js'
import { createOwnerFile, isOwnerFile, livingOwnersUsage, removeOwnerFile, updateOwnerFile } from './owner-file.js'
import { ensurePrivateDirectory } from './private-directory.js'
import { currentProcess, type ProcessIdentity } from './process-identity.js'
import { openQuarantine, type Quarantine } from './quarantine.js'
import { COMPLETE_SUFFIX, createSpoolFile, openSpoolFile, syncDirectory } from './spool-file.js'
import { volumeRoomBytes } from './volume-room.js'

const PRIVATE_DIRECTORY_MODE = 0o700
const NOTHING: SpoolUsage = { bytes: 0, files: 0 }

/**
 * Opens the spool at a path for this process: claims a directory of its own in it.
 *
 * @throws Error when it cannot be created, or is not safe to use
 */
export async function openSpoolDirectory(options: SpoolDirectoryOptions): Promise<SpoolDirectory> {
  // Without a slash at its end, which would lead through a symbolic link.
  const path = resolve(options.path)
  await ensurePrivateDirectory(path)
  const self = await currentProcess()
  const instance = randomUUID()
  const directory = join(path, instance)
  // Nobody ever sees this process's directory without its owner file: it would look abandoned.
  const claim = `${directory}${CLAIM_SUFFIX}`
  await mkdir(claim, { mode: PRIVATE_DIRECTORY_MODE })
  await createOwnerFile(claim, { identity: self, usage: NOTHING })
  await rename(claim, directory)
  if (options.durability === 'power') await syncDirectory(path)

  const quarantine = openQuarantine(path)
  await quarantine.deleteOlderThan(options.maxAgeMs)
  const neighbours = new Neighbours({ path, instance, self, quarantine })
  let roomBytes = await volumeRoomBytes(directory)
  let others = await neighbours.usage()

  return {
    get roomBytes() {
      return roomBytes
    },
    get others() {
      return others
    },
    async measure() {
      roomBytes = await volumeRoomBytes(directory)
    },
    createFile: () =>
      createSpoolFile(directory, { durability: options.durability, quarantine: (damaged) => quarantine.take(damaged) }),
    adoptOrphans: (observer) => neighbours.adopt(observer),
    // Only where this library has chosen the place are the directories beside it spools.
    deleteExpiredElsewhere: (isWanted) =>
      options.isTemporary
        ? deleteExpiredElsewhere({ path, self, maxAgeMs: options.maxAgeMs, isWanted })
        : Promise.resolve(0),
    async beat(usage) {
      if (!(await updateOwnerFile(directory, { identity: self, usage }))) return false
      others = await neighbours.usage()
      roomBytes = await volumeRoomBytes(directory)
      return true
    },
    async close() {
      await removeOwnerFile(directory).catch(() => undefined)
      // Neither goes when anything is left in it.
      await rmdir(directory).catch(() => undefined)
      if (options.isTemporary) await rmdir(path).catch(() => undefined)
    },
  }
}

/** The other processes' parts of a spool. */
class Neighbours {
  readonly #options: { path: string; instance: string; self: ProcessIdentity; quarantine: Quarantine }
  #adoptions = 0

  constructor(options: { path: string; instance: string; self: ProcessIdentity; quarantine: Quarantine }) {
    this.#options = options
  }

  /** What living processes and the quarantine hold. */
  async usage(): Promise<SpoolUsage> {
    const { path, instance, self, quarantine } = this.#options
    let { bytes, files } = await quarantine.usage()
    for await (const { name } of entriesOf(path)) {
      if (ownerOf(name) !== name || name === instance) continue
      const usage = (await livingOwnersUsage(join(path, name), self)) ?? NOTHING
      bytes += usage.bytes
      files += usage.files
    }
    return { bytes, files }
  }

  async adopt(observer: AdoptionObserver): Promise<void> {
    const { path, self } = this.#options
    for await (const { name } of entriesOf(path)) {
      if (ownerOf(name) === this.#options.instance || !(await isOrphan({ spool: path, name, self }))) continue
      this.#adoptions += 1
      // Not a template: Turbopack takes one for a pattern of files to trace, and traces all of the project with a dot in it.
      const adopted = join(path, [this.#options.instance, this.#adoptions].join('.'))
      try {
        // Several processes may try: the rename succeeds for one of them.
        await rename(join(path, name), adopted)
      } catch {
        continue
      }
      await this.#takeOver(adopted, observer)
    }
  }

  /** Moves the files of a dead process to this one's, one by one. */
  async #takeOver(adopted: string, observer: AdoptionObserver): Promise<void> {
    const { path, instance, quarantine } = this.#options
    for await (const { name } of entriesOf(adopted)) {
      const from = join(adopted, name)
      if (!name.endsWith(COMPLETE_SUFFIX) || isOwnerFile(name)) {
        // What was being written when the process died was promised to nobody.
        await rm(from, { force: true, recursive: true })
        continue
      }
      const to = join(path, instance, name)
      await rename(from, to)
      const file = await openSpoolFile({ path: to, quarantine: (damaged) => quarantine.take(damaged) }).catch(
        () => undefined,
      )
      if (file === undefined) {
        await quarantine.take(to)
        observer.damaged()
      } else {
        observer.adopted(file)
      }
    }
    await rmdir(adopted).catch(() => undefined)
  }
}

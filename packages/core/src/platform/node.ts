import { createHash, hash } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { openAsBlob } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ArtifactError } from '../errors.js'
import { createLiteralSearch } from './literal-search.js'
import type { Platform } from './platform.js'
import { nodeSpool } from './spool/node-spool.js'

/** About half a millisecond of native SHA-256 on a small server (1.2 GB/s). */
const DIGEST_SLICE_BYTES = 512 * 1024

/** How much of a file is read at once to hash it, in bytes. */
const SCAN_BUFFER_BYTES = 256 * 1024

/** Node.js, and the runtimes that implement its modules (Bun, Deno). */
export const platform: Platform = {
  createSha256() {
    const incremental = createHash('sha256')
    return {
      update: (bytes) => void incremental.update(bytes),
      digestHex: () => incremental.digest('hex'),
    }
  },
  sha256Hex: (bytes) => hash('sha256', bytes, 'hex'),
  createLiteralSearch,
  digestSliceBytes: DIGEST_SLICE_BYTES,
  yieldToEventLoop: () => nextTurn(),
  defer: (task) => void setImmediate(task),
  async openFile(location) {
    const path = toPath(location)
    // Not called by its name: Turbopack would trace the whole project of whoever bundles this, because any file may be meant.
    const reading: ReturnType<typeof stat> = Reflect.apply(stat, undefined, [path])
    const stats = await reading.catch((error: unknown) => {
      throw fileError(path, error)
    })
    // A FIFO or a device never ends, and `openAsBlob` accepts a directory.
    if (!stats.isFile()) throw new ArtifactError('not_a_file', `${path} is not a regular file`)
    try {
      return { blob: await openAsBlob(path), filename: basename(path), scan: () => scanFile(path) }
    } catch (error) {
      throw fileError(path, error)
    }
  },
  environmentVariable: (name) => process.env[name],
  async resolveAddresses(hostname) {
    try {
      return (await lookup(hostname, { all: true })).map(({ address }) => address)
    } catch {
      return []
    }
  },
  streamsRequestBodies: true,
  spool: nodeSpool,
}

async function* scanFile(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path)
  try {
    const buffer = Buffer.allocUnsafeSlow(SCAN_BUFFER_BYTES)
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

function toPath(location: string | URL): string {
  if (typeof location === 'string') return location
  try {
    return fileURLToPath(location)
  } catch (error) {
    throw new ArtifactError('file_not_found', 'the file: URL does not name a file of this machine', { cause: error })
  }
}

function fileError(path: string, cause: unknown): ArtifactError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? new ArtifactError('file_not_found', `${path} does not exist`, { cause })
    : new ArtifactError('file_unreadable', `${path} cannot be read (${String(code)})`, { cause })
}

import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SpoolFile, SpoolFileWriter, SpoolHeader } from '../../spool/spool-directory.js'
import {
  BODY_OFFSET_BYTES,
  bodyOffset,
  decodeHeader,
  encodeHead,
  encodeTrailer,
  PREFIX_BYTES,
  TRAILER_BYTES,
} from './file-format.js'

/** The end of the name of a complete file, and of one that is being written. */
export const COMPLETE_SUFFIX = '.artifact'
export const PARTIAL_SUFFIX = '.partial'

const PRIVATE_FILE_MODE = 0o600
/** How much of a body is read at once, in bytes. */
const READ_CHUNK_BYTES = 128 * 1024

/** Where a spool file is, and what may be done with it there. */
export interface SpoolFileLocation {
  readonly path: string
  /** Moves a file into quarantine. */
  readonly quarantine: (path: string) => Promise<void>
}

/** Starts a file under a temporary name, for this user only, and never through a link that somebody has put there. */
export async function createSpoolFile(
  directory: string,
  options: { durability: 'crash' | 'power'; quarantine: SpoolFileLocation['quarantine'] },
): Promise<SpoolFileWriter> {
  const name = randomUUID()
  const partialPath = join(directory, `${name}${PARTIAL_SUFFIX}`)
  const path = join(directory, `${name}${COMPLETE_SUFFIX}`)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow
  const handle = await open(partialPath, flags, PRIVATE_FILE_MODE)
  let position = BODY_OFFSET_BYTES

  const abort = async (): Promise<void> => {
    await handle.close().catch(() => undefined)
    await rm(partialPath, { force: true }).catch(() => undefined)
  }
  return {
    async write(buffers) {
      position += await writeAll(handle, buffers, position)
    },
    async commit(header) {
      try {
        const head = encodeHead(header)
        await writeAll(handle, [encodeTrailer(head)], position)
        await writeAll(handle, [head], 0)
        if (options.durability === 'power') await handle.sync()
        await handle.close()
        await rename(partialPath, path)
        if (options.durability === 'power') await syncDirectory(directory)
      } catch (error) {
        await abort()
        throw error
      }
      return spoolFile({ path, quarantine: options.quarantine }, header, BODY_OFFSET_BYTES)
    },
    abort,
  }
}

/** Opens a complete file by its header and trailer; the body is not read. @returns undefined when it is damaged */
export async function openSpoolFile(location: SpoolFileLocation): Promise<SpoolFile | undefined> {
  const handle = await open(location.path, constants.O_RDONLY | noFollow)
  try {
    const status = await handle.stat()
    if (!status.isFile() || status.size < PREFIX_BYTES + TRAILER_BYTES) return undefined
    const offset = bodyOffset(await readAt(handle, 0, PREFIX_BYTES))
    if (offset === undefined || offset + TRAILER_BYTES > status.size) return undefined
    const head = await readAt(handle, 0, offset)
    const trailer = await readAt(handle, status.size - TRAILER_BYTES, TRAILER_BYTES)
    const header = decodeHeader(head, trailer, status.size)
    return header === undefined ? undefined : spoolFile(location, header, offset)
  } finally {
    await handle.close()
  }
}

/** Makes the names in a directory survive a power cut. Not every system can. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(directory, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function spoolFile({ path, quarantine }: SpoolFileLocation, header: SpoolHeader, offset: number): SpoolFile {
  return {
    header,
    fileBytes: offset + header.sizeBytes + TRAILER_BYTES,
    chunks: () => readBody(path, offset, header.sizeBytes),
    remove: () => rm(path, { force: true }),
    quarantine: () => quarantine(path),
  }
}

async function* readBody(path: string, offset: number, sizeBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path, constants.O_RDONLY | noFollow)
  try {
    for (let done = 0; done < sizeBytes;) {
      const chunk = await readAt(handle, offset + done, Math.min(READ_CHUNK_BYTES, sizeBytes - done))
      if (chunk.length === 0) return
      done += chunk.length
      yield chunk
    }
  } finally {
    await handle.close()
  }
}

/** Less than asked for only at the end of the file. */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return buffer.subarray(0, done)
}

/** In as few calls as it takes: each has to wait for a turn of the event loop, however much it writes. */
async function writeAll(handle: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<number> {
  let done = 0
  for (let rest = buffers; rest.length > 0;) {
    const { bytesWritten } = await handle.writev(rest, position + done)
    done += bytesWritten
    rest = withoutBeginning(rest, bytesWritten)
  }
  return done
}

/** What is left after so many bytes; nothing of it is empty. */
function withoutBeginning(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes
  return buffers.flatMap((buffer) => {
    const rest = buffer.subarray(skip)
    skip = Math.max(0, skip - buffer.length)
    return rest.length > 0 ? [rest] : []
  })
}

/** Windows has no such flag. */
const noFollow: number = constants.O_NOFOLLOW ?? 0

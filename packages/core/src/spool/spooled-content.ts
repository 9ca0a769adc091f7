import { ArtifactUploadError } from '../errors.js'
import { verifiedChunks } from '../verified-chunks.js'
import type { UploadContent } from '../pending-upload.js'
import type { SpoolFile } from './spool-directory.js'

/** The content of a file that is not complete yet. */
export async function* contentOf(written: Promise<SpoolFile>): AsyncGenerator<Uint8Array, void, undefined> {
  let file: SpoolFile
  try {
    file = await written
  } catch (error) {
    throw asSpoolError(error)
  }
  yield* spooledContent(file)
}

/**
 * The content of a file, checked while it is read.
 *
 * @throws ArtifactUploadError `spool_damaged` when it is not what was written; the file is in quarantine then
 */
async function* spooledContent(file: SpoolFile): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* verifiedChunks(file.chunks(), file.header)
  } catch (error) {
    if (!ArtifactUploadError.isInstance(error) || error.code !== 'source_changed') throw error
    const reason = systemCode(error.cause)
    if (reason !== undefined && reason !== 'ENOENT') {
      // Too many open files, say: it may pass.
      const message = `a file of the spool cannot be read (${reason})`
      throw new ArtifactUploadError('spool_failed', message, { cause: error.cause, recovery: 'retry' })
    }
    if (reason === undefined) await file.quarantine().catch(() => undefined)
    const what = reason === undefined ? 'damaged and in quarantine' : 'gone'
    throw new ArtifactUploadError('spool_damaged', `its file in the spool is ${what}`, { cause: error.cause })
  }
}

/** The content of an upload that is in a file. */
export function spooledUpload(file: SpoolFile): UploadContent {
  return { chunks: () => spooledContent(file), scan: () => spooledContent(file) }
}

/** An error of the disk, as the end of an upload whose content is lost with it. */
export function asSpoolError(error: unknown): ArtifactUploadError {
  if (ArtifactUploadError.isInstance(error)) return error
  return new ArtifactUploadError('spool_failed', `it could not be written to the spool: ${describeError(error)}`, {
    cause: error,
  })
}

/** For a message. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

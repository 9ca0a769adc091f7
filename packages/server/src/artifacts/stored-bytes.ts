import type { Readable } from 'node:stream'
import { storageUnavailable } from '../http/api-error.js'
import type { ArtifactRecord } from '../storage/catalog/artifacts.js'
import type { BlobStore, ByteRange } from '../storage/blob-store.js'

/** A ready artifact, and where its bytes are. */
export interface BlobSource {
  blobs: BlobStore
  artifact: ArtifactRecord
}

/**
 * Makes sure that the bytes of a ready artifact are in the store, whole. A file cut short or exchanged under our feet must not
 * go out as if it were the artifact.
 *
 * @throws ApiError 503
 */
export async function requireStoredBytes({ blobs, artifact }: BlobSource): Promise<void> {
  if ((await blobs.verify(artifact, artifact.sizeBytes)) !== 'present') throw bytesGone(artifact)
}

/**
 * Opens the bytes of a ready artifact, or a part of them.
 *
 * @throws ApiError 503 where they are not in the store
 */
export async function openStoredBytes({ blobs, artifact }: BlobSource, range?: ByteRange): Promise<Readable> {
  const content = await blobs.read(artifact, range)
  if (content === undefined) throw bytesGone(artifact)
  return content
}

function bytesGone({ sha256 }: ArtifactRecord): Error {
  return storageUnavailable(new Error(`the bytes of ${sha256} are gone from the store`))
}

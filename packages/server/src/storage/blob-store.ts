import type { Readable } from 'node:stream'

/** Names one blob. A blob belongs to a project: equal bytes in two projects are two blobs. */
export interface BlobKey {
  /** Identifier of the project, given by the catalog: lower-case letters and digits. */
  projectId: string
  /** SHA-256 of the blob's bytes, 64 lower-case hexadecimal digits. */
  sha256: string
}

/** Which bytes of a blob to read; both ends are included, as in an HTTP range. */
export interface ByteRange {
  /** First byte, from 0. */
  start: number
  /** Last byte, included. */
  end: number
}

/** What {@link BlobStore.write} found wrong with the bytes. Nothing of them is kept. */
export class BlobContentError extends Error {
  /** `digest`: the SHA-256 differs from the key's; `size`: there were more or fewer bytes than announced. */
  readonly mismatch: 'digest' | 'size'

  constructor(mismatch: 'digest' | 'size') {
    super(`the ${mismatch} of the bytes is not the registered one`)
    this.name = 'BlobContentError'
    this.mismatch = mismatch
  }
}

/** What {@link BlobStore.verify} says about a blob: `mismatch` when bytes are there that are not the registered ones. */
export type BlobPresence = 'present' | 'absent' | 'mismatch'

/**
 * Keeps the bytes of artifacts. Whatever is readable under a key has that key's SHA-256 and its whole length; a write
 * that does not complete leaves nothing behind that {@link BlobStore.read} or {@link BlobStore.verify} would see.
 */
export interface BlobStore {
  /**
   * Stores a blob and returns when it will outlive a crash of the machine. Writing a blob that is there already, or the
   * same one twice at once, is harmless.
   *
   * @throws BlobContentError when size or digest differ; any error of `body` or of the storage
   */
  write(key: BlobKey, sizeBytes: number, body: AsyncIterable<Uint8Array>): Promise<void>
  /** Says whether a blob is wholly there with this size. */
  verify(key: BlobKey, sizeBytes: number): Promise<BlobPresence>
  /** Opens a blob, or a part of it, for reading; `undefined` where it is absent. */
  read(key: BlobKey, range?: ByteRange): Promise<Readable | undefined>
  /** Removes a blob; an absent one is no error. */
  delete(key: BlobKey): Promise<void>
  /** Removes what writes that never completed left behind. Call it before the first write. Returns how many it removed. */
  sweep(): Promise<number>
}

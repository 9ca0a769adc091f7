import { DIGEST_BUCKETS, digestBucket } from './digest-words.js'
import type { PendingUpload } from './pending-upload.js'

/** Uploads by the digest of their content. Not a Map for the reason that is told at `UploadList`. */
export class DigestIndex {
  readonly #buckets: (PendingUpload | undefined)[] = Array.from({ length: DIGEST_BUCKETS })
  #size = 0

  get size(): number {
    return this.#size
  }

  find(sha256: string): PendingUpload | undefined {
    let upload = this.#buckets[digestBucket(sha256)]
    while (upload !== undefined && upload.artifact.sha256 !== sha256) upload = upload.nextInBucket
    return upload
  }

  /** Adds an upload whose digest is not in the index. */
  add(upload: PendingUpload): void {
    const bucket = digestBucket(upload.artifact.sha256)
    upload.nextInBucket = this.#buckets[bucket]
    this.#buckets[bucket] = upload
    this.#size += 1
  }

  /** @returns whether it was there */
  remove(upload: PendingUpload): boolean {
    const bucket = digestBucket(upload.artifact.sha256)
    let before: PendingUpload | undefined
    let candidate = this.#buckets[bucket]
    while (candidate !== undefined && candidate !== upload) {
      before = candidate
      candidate = candidate.nextInBucket
    }
    if (candidate === undefined) return false
    if (before === undefined) this.#buckets[bucket] = upload.nextInBucket
    else before.nextInBucket = upload.nextInBucket
    upload.nextInBucket = undefined
    this.#size -= 1
    return true
  }
}

import type { PendingUpload } from './pending-upload.js'

/** Where an upload stands in the one list that it is in. */
export interface ListPlace {
  readonly list: UploadList
  before: PendingUpload | undefined
  after: PendingUpload | undefined
}

/**
 * Uploads in a fixed order; an upload is in one list at most.
 *
 * A Set would do the same, but V8 drops the old tables of a Set only in major collections, and until then they keep alive
 * what once stood in them: every artifact, with its bytes, would outlive its time by far.
 */
export class UploadList implements Iterable<PendingUpload> {
  #first: PendingUpload | undefined
  #last: PendingUpload | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): PendingUpload | undefined {
    return this.#first
  }

  /** Puts an upload that is in no list to the end of this one. */
  append(upload: PendingUpload): void {
    upload.place = { list: this, before: this.#last, after: undefined }
    if (this.#last?.place === undefined) this.#first = upload
    else this.#last.place.after = upload
    this.#last = upload
    this.#size += 1
  }

  /** @returns whether the upload was in this list */
  remove(upload: PendingUpload): boolean {
    const { place } = upload
    if (place?.list !== this) return false
    const { before, after } = place
    if (before?.place === undefined) this.#first = after
    else before.place.after = after
    if (after?.place === undefined) this.#last = before
    else after.place.before = before
    upload.place = undefined
    this.#size -= 1
    return true
  }

  /** The upload that is handed out may be removed meanwhile. */
  *[Symbol.iterator](): Iterator<PendingUpload> {
    for (let upload = this.#first; upload !== undefined;) {
      const next: PendingUpload | undefined = upload.place?.after
      yield upload
      upload = next
    }
  }
}

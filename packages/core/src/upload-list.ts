import type { PendingUpload } from './pending-upload.js'

/**
 * Uploads in a fixed order; an upload is in one list at most.
 *
 * A Set would do the same, but V8 drops the old tables of a Set only in major collections, and until then they keep alive
 * what once stood in them: every artifact, with its bytes, would outlive its time by far. The uploads carry the links.
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
    const last = this.#last
    upload.list = this
    upload.before = last
    if (last === undefined) this.#first = upload
    else last.after = upload
    this.#last = upload
    this.#size += 1
  }

  /** @returns whether the upload was in this list */
  remove(upload: PendingUpload): boolean {
    if (upload.list !== this) return false
    const { before, after } = upload
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    upload.list = undefined
    upload.before = undefined
    upload.after = undefined
    this.#size -= 1
    return true
  }

  /** The upload that is handed out may be removed meanwhile. */
  *[Symbol.iterator](): Iterator<PendingUpload> {
    for (let upload = this.#first; upload !== undefined;) {
      const next: PendingUpload | undefined = upload.after
      yield upload
      upload = next
    }
  }
}

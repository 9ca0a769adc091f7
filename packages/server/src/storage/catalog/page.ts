/** One page of a listing, newest first. */
export interface Page<Item> {
  items: Item[]
  /** Opaque; continues after the last item. `null` at the end. */
  nextCursor: string | null
}

/** Which page of a listing. */
export interface PageRequest {
  /** How many items at most. */
  limit: number
  /** A `nextCursor` of an earlier page. */
  cursor?: string
}

/** A `cursor` that does not come from a listing of this catalog. */
export class InvalidCursorError extends Error {
  constructor() {
    super('cursor: not one that this listing gave out')
    this.name = 'InvalidCursorError'
  }
}

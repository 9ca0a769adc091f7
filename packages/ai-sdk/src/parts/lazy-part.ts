/**
 * A part that is made when its message is turned into JSON: by then its digest may be known, and only then is it known
 * that somebody records it.
 */
export class LazyPart {
  readonly #make: () => unknown
  #made: { part: unknown } | undefined

  constructor(make: () => unknown) {
    this.#make = make
  }

  toJSON(): unknown {
    this.#made ??= { part: this.#make() }
    const { part } = this.#made
    // `JSON.stringify` asks only once: what a `toJSON` returned is written as it is.
    return part instanceof LazyPart ? part.toJSON() : part
  }
}

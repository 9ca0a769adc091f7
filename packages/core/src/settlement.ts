import { createDeferred, type Deferred } from './deferred.js'

/** What somebody may wait for, or nobody: the promise is made when it is asked for. */
export class Settlement {
  #promise: Promise<void> | undefined
  #deferred: Deferred<void> | undefined
  #isResolved = false
  #rejection: Error | undefined

  /** Need not be handled. */
  get promise(): Promise<void> {
    this.#promise ??= handled(this.#makePromise())
    return this.#promise
  }

  /** The first of these counts. */
  resolve(): void {
    if (this.#rejection === undefined) this.#isResolved = true
    this.#deferred?.resolve()
  }

  /** The first of these counts. */
  reject(error: Error): void {
    if (!this.#isResolved) this.#rejection ??= error
    this.#deferred?.reject(error)
  }

  #makePromise(): Promise<void> {
    if (this.#isResolved) return Promise.resolve()
    if (this.#rejection !== undefined) return Promise.reject(this.#rejection)
    this.#deferred = createDeferred<void>()
    return this.#deferred.promise
  }
}

/** A promise whose rejection nobody has to handle: the caller may look at it or not. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

/** A promise, and how to settle it. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T | PromiseLike<T>) => void
  readonly reject: (reason: unknown) => void
}

/** What `Promise.withResolvers()` gives: the edge runtime of Next.js does not have it. */
export function createDeferred<T>(): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = doNothing
  let reject: Deferred<T>['reject'] = doNothing
  const promise = new Promise<T>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise
    reject = rejectPromise
  })
  return { promise, resolve, reject }
}

function doNothing(): void {}

/**
 * Whether somebody could wait for a value. Not `instanceof`: in the sandbox of Next's edge runtime, streams have promises of
 * another realm.
 */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/**
 * Overrides one object's method. The override is not enumerable, so that the object looks as it did.
 *
 * @param name of a method that the object has; where it has none, nothing happens
 * @param override gets the original, to be called with the same `this` and the same parameters, and these parameters
 */
export function overrideMethod(
  target: object,
  name: string | symbol,
  override: (original: () => unknown, parameters: readonly unknown[]) => unknown,
): void {
  const method: unknown = Reflect.get(target, name)
  if (typeof method !== 'function') return
  const value = function (this: unknown, ...parameters: unknown[]): unknown {
    return override(() => Reflect.apply(method, this, parameters), parameters)
  }
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
}

/**
 * Overrides a method on one object without leaving a trace that an application would meet: the property is not
 * enumerable, so spreads, `Object.keys` and `util.inspect` show the object as it was.
 *
 * @param target the object that gets its own method
 * @param name the method's name
 * @param method the override; it must call the original itself
 */
export function overrideMethod<Name extends PropertyKey>(
  target: Partial<Record<Name, unknown>>,
  name: Name,
  method: (this: never, ...parameters: never[]) => unknown,
): void {
  Object.defineProperty(target, name, { value: method, writable: true, configurable: true, enumerable: false })
}

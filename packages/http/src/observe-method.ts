import { defineHidden } from './define-hidden.js'
import { properties } from './properties.js'

/**
 * Lets us see the parameters of every call of one object's method, before the method itself runs with the same
 * parameters, the same `this` and the same result.
 *
 * The override is not enumerable, so that spreads, `Object.keys` and `util.inspect` show the object as it was.
 *
 * @param see must not throw
 * @throws TypeError where the object takes no property
 */
export function observeMethod(target: object, name: string, see: (...parameters: readonly unknown[]) => void): void {
  const original = properties(target)[name]
  if (typeof original !== 'function') return
  const observed = function (this: unknown, ...parameters: unknown[]): unknown {
    see(...parameters)
    return Reflect.apply(original, this, parameters)
  }
  defineHidden(target, name, observed)
}

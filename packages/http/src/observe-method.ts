import { defineHidden } from './define-hidden.js'
import { reportFailure } from './diagnostics.js'
import { properties } from './properties.js'

/**
 * Lets us see the parameters of every call of one object's method, before the method itself runs with the same
 * parameters, the same `this` and the same result.
 *
 * The override is not enumerable, so that spreads, `Object.keys` and `util.inspect` show the object as it was.
 *
 * @param see what it throws is reported, and the method runs as ever
 * @param seeReturn is told when a call is over, and whether the method returned or threw; as `see`
 * @throws TypeError where the object takes no property
 */
export function observeMethod(
  target: object,
  name: string,
  see: (...parameters: readonly unknown[]) => void,
  seeReturn?: (hasReturned: boolean) => void,
): void {
  const original = properties(target)[name]
  if (typeof original !== 'function') return
  const observed = function (this: unknown, ...parameters: unknown[]): unknown {
    try {
      see(...parameters)
    } catch (error) {
      reportFailure(name, error)
    }
    if (seeReturn === undefined) return Reflect.apply(original, this, parameters)
    let hasReturned = false
    try {
      const result: unknown = Reflect.apply(original, this, parameters)
      hasReturned = true
      return result
    } finally {
      try {
        seeReturn(hasReturned)
      } catch (error) {
        reportFailure(name, error)
      }
    }
  }
  defineHidden(target, name, observed)
}

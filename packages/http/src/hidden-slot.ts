import { defineHidden } from './define-hidden.js'
import { properties } from './properties.js'

/** Keeps something on an object where every copy of this package finds it, and spreads and `util.inspect` do not. */
export interface HiddenSlot<Value> {
  get(target: object): Value | undefined
  set(target: object, value: Value): void
  clear(target: object): void
}

/**
 * A slot under a registered symbol.
 *
 * A WeakMap would do the same, but not for free: V8's minor collections treat its values as reachable, so that a value that
 * leads back to its key, as a capture does to its request, makes every request and all that hangs on it grow old.
 *
 * @param name of the symbol, for `Symbol.for`
 */
export function hiddenSlot<Value>(name: string, isValue: (value: unknown) => value is Value): HiddenSlot<Value> {
  const symbol = Symbol.for(name)
  return {
    get: (target) => {
      const value = properties(target)[symbol]
      return isValue(value) ? value : undefined
    },
    clear: (target) => {
      if (properties(target)[symbol] !== undefined) properties(target)[symbol] = undefined
    },
    set: (target, value) => defineHidden(target, symbol, value),
  }
}

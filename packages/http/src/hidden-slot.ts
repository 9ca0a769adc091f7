import { defineHidden } from './define-hidden.js'

/** Keeps something on an object where nobody stumbles over it, and where every copy of this package finds it. */
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
      const value: unknown = Reflect.get(target, symbol)
      return isValue(value) ? value : undefined
    },
    clear: (target) => void Reflect.deleteProperty(target, symbol),
    set: (target, value) => {
      defineHidden(target, symbol, value)
    },
  }
}

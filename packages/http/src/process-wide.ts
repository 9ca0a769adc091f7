/**
 * A WeakMap that every copy of this package in the process shares: an application may well have two.
 *
 * @param slot from `Symbol.for`
 */
export function processWideWeakMap<Key extends WeakKey, Value>(slot: symbol): WeakMap<Key, Value> {
  const existing: unknown = Reflect.get(globalThis, slot)
  if (existing instanceof WeakMap) return existing
  const created = new WeakMap<Key, Value>()
  Reflect.set(globalThis, slot, created)
  return created
}

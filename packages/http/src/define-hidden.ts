/** One for all: a new one for each property costs as much as the property. */
const descriptor: PropertyDescriptor = { value: undefined, writable: true, configurable: true, enumerable: false }

/**
 * Defines a property that spreads, `Object.keys` and `util.inspect` do not show.
 *
 * @throws TypeError where the object takes none
 */
export function defineHidden(target: object, name: string | symbol, value: unknown): void {
  descriptor.value = value
  try {
    Object.defineProperty(target, name, descriptor)
  } finally {
    descriptor.value = undefined
  }
}

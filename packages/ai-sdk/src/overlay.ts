/** A method, whoever owns it. */
export type Method = (...values: never[]) => unknown

export interface OverlayOptions {
  /** What stands in place of a method; undefined leaves it as it is. Asked once for each method. */
  readonly method: (name: string, original: Method) => Method | undefined
  /** What a call of the object itself does, if it is a function; gets what the original returned. */
  readonly result?: (returned: unknown) => unknown
}

/**
 * An object that looks and behaves like `target`, but for some of its methods. `this` is the target in all of them, so
 * that classes with private fields work, and a frozen target can be overlaid as well.
 */
export function overlay<Target extends object>(target: Target, options: OverlayOptions): Target {
  const methods = new Map<unknown, unknown>()

  const read = (name: string | symbol): unknown => {
    const member: unknown = Reflect.get(target, name, target)
    if (typeof member !== 'function' || name === 'constructor') return member
    if (!methods.has(member)) {
      const original = member as Method
      const replacement = typeof name === 'string' ? options.method(name, original) : undefined
      methods.set(member, replacement ?? original.bind(target))
    }
    return methods.get(member)
  }

  // A proxy may not hide what a frozen target has. This one stands before an object that has nothing.
  const stand = typeof target === 'function' ? () => undefined : {}
  return new Proxy(stand as Target, {
    get: (_stand, name) => read(name),
    set: (_stand, name, value) => Reflect.set(target, name, value, target),
    has: (_stand, name) => Reflect.has(target, name),
    ownKeys: () => Reflect.ownKeys(target),
    getPrototypeOf: () => Reflect.getPrototypeOf(target),
    getOwnPropertyDescriptor: (_stand, name) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, name)
      return (
        descriptor && {
          value: read(name),
          enumerable: descriptor.enumerable === true,
          configurable: true,
          writable: true,
        }
      )
    },
    apply: (_stand, self, values: unknown[]) => {
      const returned: unknown = Reflect.apply(target as unknown as Method, self, values as never[])
      return options.result === undefined ? returned : options.result(returned)
    },
  })
}

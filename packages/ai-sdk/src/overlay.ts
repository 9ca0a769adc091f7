/** A method, whoever owns it. */
export type Method = (...values: unknown[]) => unknown

export interface OverlayOptions {
  /** What stands in place of a method; undefined leaves it as it is. Asked once for each method. */
  readonly method?: (name: string, original: Method) => Method | undefined
  /** What stands in place of other members. */
  readonly members?: Readonly<Record<string, unknown>>
  /** What a call of the object itself gives, if it is a function, made of what the original returned. */
  readonly result?: (returned: unknown) => unknown
}

/**
 * An object that looks and behaves like `target`, but for some of its methods and members. `this` is the target in all of them, so
 * that classes with private fields work; a frozen target can be overlaid as well.
 */
export function overlay<Target extends object>(target: Target, options: OverlayOptions): Target {
  const { result = (returned) => returned } = options
  const members: Record<string, unknown> = { ...options.members }
  const methods = new Map<Method, Method>()

  const read = (name: string | symbol): unknown => {
    if (typeof name === 'string' && Object.hasOwn(members, name)) return members[name]
    const member: unknown = Reflect.get(target, name, target)
    if (!isMethod(member) || name === 'constructor') return member
    const known = methods.get(member)
    if (known !== undefined) return known
    const replacement = typeof name === 'string' ? options.method?.(name, member) : undefined
    const method = replacement ?? member.bind(target)
    methods.set(member, method)
    return method
  }

  return new Proxy(standFor(target), {
    get: (_stand, name) => read(name),
    set: (_stand, name, value) => {
      if (typeof name !== 'string' || !Object.hasOwn(members, name)) return Reflect.set(target, name, value, target)
      members[name] = value
      return true
    },
    has: (_stand, name) => Reflect.has(target, name),
    ownKeys: () => Reflect.ownKeys(target),
    getPrototypeOf: () => Reflect.getPrototypeOf(target),
    getOwnPropertyDescriptor: (_stand, name) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, name)
      const { enumerable = false } = descriptor ?? {}
      return descriptor && { value: read(name), enumerable, configurable: true, writable: true }
    },
    apply: (_stand, self, values) => result(isMethod(target) ? Reflect.apply(target, self, values) : undefined),
  })
}

/** A proxy may not hide what a frozen object has: it needs one before it that has nothing. */
function standFor<Target extends object>(target: Target): Target {
  const stand: object = typeof target === 'function' ? () => undefined : {}
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every trap answers for the target
  return stand as Target
}

function isMethod(value: unknown): value is Method {
  return typeof value === 'function'
}

/** A value with members, none of them trusted. */
export type UnknownRecord = Readonly<Record<string, unknown>>

/** Whether a value has members that can be read: an object that is no array. */
export function isRecord(value: unknown): value is UnknownRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value, if it is a string. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A copy of an object of any class, its getters included, with other values for some of its members. */
export function replaceMembers(object: UnknownRecord, members: UnknownRecord): UnknownRecord {
  const copy: unknown = Object.create(Object.getPrototypeOf(object), Object.getOwnPropertyDescriptors(object))
  if (!isRecord(copy)) return object
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true })
  }
  return copy
}

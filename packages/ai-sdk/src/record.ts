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

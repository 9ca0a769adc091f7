import { isObject } from '../json.js'

/** A request that cannot be read at all. The message names the field. */
export class MalformedTraceRequestError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'MalformedTraceRequestError'
  }
}

const maxUint64 = (1n << 64n) - 1n

/** A string; an absent one is empty, as in protobuf. */
export function stringAt(value: unknown, field: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw mistyped(field, 'a string')
  return value
}

/** An object that has to be there. */
export function objectAt(value: unknown, field: string): Record<string, unknown> {
  if (!isObject(value)) throw mistyped(field, 'an object')
  return value
}

/** An object; an absent one is empty. */
export function optionalObjectAt(value: unknown, field: string): Record<string, unknown> {
  return value === undefined || value === null ? {} : objectAt(value, field)
}

/** A list of objects; an absent one is empty. */
export function objectsAt(value: unknown, field: string): Record<string, unknown>[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw mistyped(field, 'an array')
  return value.map((item) => objectAt(item, field))
}

/** A `fixed64` of nanoseconds, in decimal; an absent one is 0. */
export function timeAt(value: unknown, field: string): string {
  if (value === undefined || value === null) return '0'
  const isDigits = typeof value === 'string' && /^\d{1,20}$/.test(value)
  const isNatural = typeof value === 'number' && Number.isInteger(value) && value >= 0
  if (!isDigits && !isNatural && typeof value !== 'bigint') throw mistyped(field, 'nanoseconds since the epoch')
  const time = BigInt(value)
  if (time > maxUint64) throw mistyped(field, 'an unsigned 64-bit integer')
  return time.toString()
}

/**
 * An identifier in lower-case hexadecimal digits, given as bytes or as such digits; `undefined` for the wrong length and
 * for zeros, which stand for no identifier.
 */
export function idAt(value: unknown, lengthBytes: number): string | undefined {
  const digits = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
  if (typeof digits !== 'string' || digits.length !== 2 * lengthBytes) return undefined
  if (!/^[0-9a-f]+$/i.test(digits) || /^0+$/.test(digits)) return undefined
  return digits.toLowerCase()
}

/** The name of an enum's value, given by number or by its full name in protobuf; `undefined` for an unknown one. */
export function enumAt<Name extends string>(value: unknown, names: readonly Name[], prefix: string): Name | undefined {
  if (typeof value === 'number') return names[value]
  return names.find((name) => value === `${prefix}${name}`)
}

/** The error for a field of another type. */
export function mistyped(field: string, expected: string): MalformedTraceRequestError {
  return new MalformedTraceRequestError(`${field}: must be ${expected}`)
}

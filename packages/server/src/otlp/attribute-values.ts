import { isObject, type JsonObject, type JsonValue } from '../json.js'
import { MalformedTraceRequestError, mistyped, objectAt, objectsAt, optionalObjectAt, stringAt } from './fields.js'

/** How deep attribute values may nest. Real ones stay below ten; without a bound a request could exhaust the stack. */
const maxValueDepth = 64

/**
 * Decodes a list of `KeyValue`, of protobuf or of OTLP/JSON; of a key that comes twice, the last one counts.
 *
 * @throws MalformedTraceRequestError
 */
export function decodeAttributes(raw: unknown, depth = 0): JsonObject {
  const pairs = objectsAt(raw, 'attributes')
  // It defines members instead of assigning them, so that `__proto__` is a name like any other.
  return Object.fromEntries(
    pairs.map((pair) => [stringAt(pair['key'], 'attributes.key'), decodeValue(pair['value'], depth)]),
  )
}

function decodeValue(raw: unknown, depth: number): JsonValue {
  if (depth > maxValueDepth) throw new MalformedTraceRequestError('attributes: values nest too deeply')
  const [kind, value] = variantOf(raw)
  switch (kind) {
    case 'stringValue':
      return stringAt(value, kind)
    case 'boolValue':
      if (typeof value !== 'boolean') throw mistyped(kind, 'a boolean')
      return value
    case 'intValue':
      return decodeInteger(value)
    case 'doubleValue':
      return decodeDouble(value)
    case 'bytesValue':
      return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : stringAt(value, kind)
    case 'arrayValue':
      return objectsAt(optionalObjectAt(value, kind)['values'], kind).map((item) => decodeValue(item, depth + 1))
    case 'kvlistValue':
      return decodeAttributes(optionalObjectAt(value, kind)['values'], depth + 1)
    case undefined:
    default:
      return null
  }
}

/** Which kind of value an `AnyValue` holds, and the value: protobuf's `{value: {case, value}}` or JSON's `{kind: value}`. */
function variantOf(raw: unknown): [kind: string | undefined, value: unknown] {
  if (raw === undefined || raw === null) return [undefined, undefined]
  const value = objectAt(raw, 'attributes.value')
  const variant = value['value']
  if (isObject(variant) && typeof variant['case'] === 'string') return [variant['case'], variant['value']]
  for (const kind in value) {
    if (kind.endsWith('Value') && value[kind] !== null) return [kind, value[kind]]
  }
  return [undefined, undefined]
}

/** A number where JavaScript can hold it exactly, else its digits. */
function decodeInteger(value: unknown): JsonValue {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (typeof value === 'bigint' || (typeof value === 'string' && /^-?\d{1,19}$/.test(value))) {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  throw mistyped('intValue', 'an integer')
}

/** JSON has no NaN and no infinities: OTLP/JSON writes them as text, and so do we. */
function decodeDouble(value: unknown): JsonValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return value
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value)
  throw mistyped('doubleValue', 'a number')
}

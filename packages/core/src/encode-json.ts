import { ArtifactError } from './errors.js'

/** How deep a value may nest: far beyond real data, well within the stack. */
const MAX_DEPTH = 500

/**
 * How many objects and arrays a value may have: a second of work, and far beyond what anybody reads. What is shared counts as
 * often as it is written, which doubles with every level: `[x, x]` in `[x, x]` …, thirty times, would never end.
 */
const MAX_OBJECTS = 1_000_000

/** How many values it may have in all, for the same reason: the objects that are shared may hold many numbers. */
const MAX_VALUES = 10_000_000

/** So many bytes count as one value: 80 MB of them are refused, which are in base64 more than an artifact may be by default. */
const BYTES_PER_VALUE = 8

/** How far the conversion of one value has come. */
interface Progress {
  /** The names that lead to where it is. */
  readonly path: string[]
  /** The objects on that way. */
  readonly ancestors: Set<object>
  /** How many objects have been written so far. */
  objects: number
  /** How many values, objects included. */
  values: number
}

/**
 * Encodes any value as JSON, including what `JSON.stringify` refuses or loses:
 *
 * | value | JSON |
 * |---|---|
 * | `undefined` (at the top or in an array), function, symbol | `null`; left out as a member |
 * | bigint, NaN, Infinity | a string of its digits or its name |
 * | Map | an object when every key is a string, else an array of `[key, value]` |
 * | Set | an array |
 * | Date, or anything with `toJSON` | what `toJSON` returns |
 * | Error | its name, message, stack, cause and own properties |
 * | bytes | base64 |
 * | RegExp | its source text |
 *
 * @throws ArtifactError `not_serializable` for a cycle, naming where it closes, for nesting deeper than 500, for more
 *   than a million objects or ten million values, eight bytes being one, or when a getter or `toJSON` throws
 */
export function encodeJson(value: unknown): string {
  try {
    return JSON.stringify(toPlain(value, { path: [], ancestors: new Set(), objects: 0, values: 0 })) ?? 'null'
  } catch (error) {
    if (ArtifactError.isInstance(error)) throw error
    throw new ArtifactError('not_serializable', 'the value cannot be written as JSON: reading it threw an error', {
      cause: error,
    })
  }
}

function toPlain(value: unknown, progress: Progress): unknown {
  count(progress, 1)
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return String(value)
    case 'function':
    case 'symbol':
      return undefined
    case 'object':
      break
  }
  return value === null ? null : objectToPlain(value, progress)
}

function objectToPlain(object: object, progress: Progress): unknown {
  const { path, ancestors } = progress
  if (ancestors.has(object)) {
    const where = path.join('.') || 'the top'
    throw new ArtifactError('not_serializable', `the value contains itself at ${where}: JSON cannot hold a cycle`)
  }
  if (path.length > MAX_DEPTH) {
    throw new ArtifactError('not_serializable', `the value nests deeper than ${MAX_DEPTH} levels`)
  }
  progress.objects += 1
  if (progress.objects > MAX_OBJECTS) {
    throw new ArtifactError('not_serializable', `the value has more than ${MAX_OBJECTS} objects`)
  }
  if (isBytes(object)) count(progress, object.byteLength / BYTES_PER_VALUE)
  ancestors.add(object)
  const plain = (member: unknown, key: string): unknown => {
    path.push(key)
    const converted = toPlain(member, progress)
    path.pop()
    return converted
  }
  const result = convert(object, plain)
  ancestors.delete(object)
  return result
}

function count(progress: Progress, values: number): void {
  progress.values += values
  if (progress.values > MAX_VALUES) {
    throw new ArtifactError('not_serializable', `the value has more than ${MAX_VALUES} members`)
  }
}

function isBytes(object: object): object is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(object) || object instanceof ArrayBuffer
}

function convert(object: object, plain: (member: unknown, key: string) => unknown): unknown {
  if (ArrayBuffer.isView(object)) return base64(new Uint8Array(object.buffer, object.byteOffset, object.byteLength))
  if (object instanceof ArrayBuffer) return base64(new Uint8Array(object))
  if (hasToJson(object)) {
    const replaced = object.toJSON()
    return replaced === object ? members(object, plain) : plain(replaced, 'toJSON()')
  }
  if (Array.isArray(object)) return object.map((item, index) => plain(item, String(index)))
  if (object instanceof Map) return mapToPlain(object, plain)
  if (object instanceof Set) return Array.from(object, (item, index) => plain(item, String(index)))
  if (object instanceof RegExp) return String(object)
  if (object instanceof Error) return errorToPlain(object, plain)
  return members(object, plain)
}

function mapToPlain(map: Map<unknown, unknown>, plain: (member: unknown, key: string) => unknown): unknown {
  const entries = [...map]
  return entries.every((entry): entry is [string, unknown] => typeof entry[0] === 'string')
    ? fromEntries(entries.map(([key, value]) => [key, plain(value, key)]))
    : entries.map(([key, value], index) => [plain(key, `${index}.key`), plain(value, `${index}.value`)])
}

function errorToPlain(error: Error, plain: (member: unknown, key: string) => unknown): unknown {
  const described = { name: error.name, message: error.message, stack: error.stack }
  const nested = {
    ...(error.cause === undefined ? {} : { cause: plain(error.cause, 'cause') }),
    ...(error instanceof AggregateError ? { errors: plain(error.errors, 'errors') } : {}),
  }
  return { ...described, ...members(error, plain), ...nested }
}

function members(object: object, plain: (member: unknown, key: string) => unknown): Record<string, unknown> {
  return fromEntries(Object.entries(object).map(([key, member]) => [key, plain(member, key)]))
}

/** Like `Object.fromEntries`, but on an object without a prototype: a key may be `__proto__`. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null)
  for (const [key, value] of entries) result[key] = value
  return result
}

function hasToJson(object: object): object is { toJSON(): unknown } {
  return 'toJSON' in object && typeof object.toJSON === 'function'
}

function base64(bytes: Uint8Array): string {
  // In pieces: spreading megabytes into one call overflows the stack.
  let binary = ''
  for (let offset = 0; offset < bytes.length; offset += BASE64_PIECE_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(offset, offset + BASE64_PIECE_BYTES))
  }
  return btoa(binary)
}

const BASE64_PIECE_BYTES = 8192

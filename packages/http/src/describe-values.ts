import { properties } from './properties.js'

/**
 * Says what stands for an object that JSON cannot show: a file, a stream, a request.
 *
 * @param key under which it was found
 * @param isSensitiveName whether what has this name is a secret, by the rules for this exchange
 * @returns `undefined` for an object that is to be shown as it is
 */
export type DescribeObject = (value: object, key: string, isSensitiveName: (name: string) => boolean) => unknown

/** What {@link describeValues} has written. */
export interface DescribedValues {
  readonly json: string
  /** Whether some of it is missing. */
  readonly truncated: boolean
}

/**
 * What was shown once is shown again where it took no more characters than this. Objects that many others refer to would
 * otherwise be written out once for every way that leads to them.
 */
const MAX_REPEATED_CHARACTERS = 256

/**
 * So many values are written, a tenth of a second's work at most: whoever captures the result of a handler must not make the
 * process wait longer than that.
 */
const MAX_VALUES = 100_000

/** Objects that JSON shows as what is in them (ECMA-262, SerializeJSONProperty). */
const BOXED: ReadonlySet<string> = new Set(['[object String]', '[object Number]', '[object Boolean]'])

const CIRCULAR = '"[circular]"'
const SEEN = '"[seen]"'

/**
 * Writes values of an application as JSON, for people to read: bytes by their number, a Map with texts for keys as an
 * object, other Maps as a list of `key` and `value`, so that secrets are found in both, Sets as arrays, big integers as
 * text, a cycle as `[circular]`, and a large object that was shown before as `[seen]`, so that this takes linear time.
 *
 * Looking must not change the values: a property that has a getter is shown as `[getter]`. `toJSON()` is called, as
 * `JSON.stringify` does.
 *
 * Ends after 100,000 values: the text is then a beginning of the whole, so that nothing looks complete that is not.
 *
 * @param maxCharacters ends the work too: a text that is longer is good for nothing but to be counted
 * @returns `undefined` where the value is nothing that JSON could show
 * @throws what a `toJSON()` of the application throws
 */
export function describeValues(
  value: unknown,
  describeObject: (value: object, key: string) => unknown,
  maxCharacters: number = Number.POSITIVE_INFINITY,
): DescribedValues | undefined {
  const writer = new ValueWriter(describeObject, maxCharacters)
  const json = writer.write(value, '')
  return json === undefined ? undefined : { json, truncated: writer.isCut }
}

class ValueWriter {
  readonly #describeObject: (value: object, key: string) => unknown
  /** Below zero no more is written. */
  #leftCharacters: number
  #leftValues = MAX_VALUES
  #isCut = false
  /** What stands for an object that is met again. */
  readonly #shown = new Map<object, string>()
  /** Of objects that are met again: what has one inside means something else in another place. */
  #markers = 0

  constructor(describeObject: (value: object, key: string) => unknown, maxCharacters: number) {
    this.#describeObject = describeObject
    this.#leftCharacters = maxCharacters
  }

  /** Whether what was written is not all. */
  get isCut(): boolean {
    return this.#isCut || this.#leftCharacters < 0
  }

  /** @returns `undefined` for what JSON leaves out */
  write(value: unknown, key: string): string | undefined {
    this.#leftValues -= 1
    return typeof value === 'object' && value !== null ? this.#writeObject(value, key) : this.#writePlain(value, key)
  }

  #writePlain(value: unknown, key: string): string | undefined {
    if (typeof value === 'string') return this.#writeText(value)
    if (typeof value !== 'bigint' && typeof value !== 'function') return this.#count(JSON.stringify(value))
    const converted = convert(value, key)
    if (converted !== value) return this.write(converted, key)
    return typeof value === 'bigint' ? this.#count(`"${value}"`) : undefined
  }

  /** A long text is cut before it is copied. */
  #writeText(text: string): string {
    const leftCharacters = Math.max(0, this.#leftCharacters)
    return this.#count(JSON.stringify(text.length > leftCharacters ? text.slice(0, leftCharacters) : text))
  }

  #writeObject(value: object, key: string): string | undefined {
    const shown = this.#shown.get(value)
    if (shown !== undefined) {
      if (shown === CIRCULAR || shown === SEEN) this.#markers += 1
      return this.#count(shown)
    }
    const bytes = byteCount(value)
    if (bytes !== undefined) return this.#count(`"[${bytes} bytes]"`)
    const markers = this.#markers
    this.#shown.set(value, CIRCULAR)
    const text = this.#writeConverted(this.#describeObject(value, key) ?? convert(value, key), key)
    const isRepeatable = text !== undefined && text.length <= MAX_REPEATED_CHARACTERS && this.#markers === markers
    this.#shown.set(value, isRepeatable ? text : SEEN)
    return text
  }

  /** @param value what stands for an object: it is not described or converted once more */
  #writeConverted(value: unknown, key: string): string | undefined {
    if (typeof value === 'bigint') return this.#count(`"${value}"`)
    if (typeof value !== 'object' || value === null) return this.write(value, key)
    if (BOXED.has(Object.prototype.toString.call(value))) return this.#writePlain(value.valueOf(), key)
    const bytes = byteCount(value)
    if (bytes !== undefined) return this.#count(`"[${bytes} bytes]"`)
    if (value instanceof Map) return this.#writeMap(value)
    return Array.isArray(value) || value instanceof Set ? this.#writeList(value) : this.#writeMembers(value)
  }

  #writeList(items: Iterable<unknown>): string {
    let text = this.#count('[')
    let index = 0
    for (const item of items) {
      if (this.#isFull()) break
      if (index > 0) text += this.#count(',')
      text += this.write(item, String(index)) ?? this.#count('null')
      index += 1
    }
    return text + this.#closing(']')
  }

  #writeMembers(value: object): string {
    let text = this.#count('{')
    for (const name of Object.keys(value)) {
      if (this.#isFull()) break
      const isGetter = Object.getOwnPropertyDescriptor(value, name)?.get !== undefined
      text += this.#writeMember(name, isGetter ? '[getter]' : properties(value)[name], text.length > 1)
    }
    return text + this.#closing('}')
  }

  #writeMap(map: ReadonlyMap<unknown, unknown>): string {
    let hasTextKeys = true
    for (const key of map.keys()) hasTextKeys &&= typeof key === 'string'
    if (!hasTextKeys) return this.#writeList(keysAndValues(map))
    let text = this.#count('{')
    for (const [key, member] of map) {
      if (this.#isFull()) break
      text += this.#writeMember(String(key), member, text.length > 1)
    }
    return text + this.#closing('}')
  }

  /** What might follow in an object tells which of its values are secrets: it is not closed without that. */
  #closing(bracket: string): string {
    return this.#isCut ? '' : this.#count(bracket)
  }

  /** Asked when there is more to write. */
  #isFull(): boolean {
    const isFull = this.#leftCharacters < 0 || this.#leftValues <= 0
    this.#isCut ||= isFull
    return isFull
  }

  #writeMember(name: string, value: unknown, isFurther: boolean): string {
    const text = this.write(value, name)
    return text === undefined
      ? ''
      : `${isFurther ? this.#count(',') : ''}${this.#writeText(name)}${this.#count(':')}${text}`
  }

  #count(text: string): string
  #count(text: string | undefined): string | undefined
  #count(text: string | undefined): string | undefined {
    this.#leftCharacters -= text?.length ?? 0
    return text
  }
}

function* keysAndValues(map: ReadonlyMap<unknown, unknown>): Generator<object> {
  for (const [key, value] of map) yield { key, value }
}

/** What `toJSON()` makes of a value; the value itself where it has none. */
function convert(value: object | bigint, key: string): unknown {
  const toJson: unknown = properties(Object(value))['toJSON']
  return typeof toJson === 'function' ? Reflect.apply(toJson, value, [key]) : value
}

/** Of what would otherwise be written number by number. */
function byteCount(value: object): number | undefined {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? value.byteLength : undefined
}

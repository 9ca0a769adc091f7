/**
 * Says what stands for an object that JSON cannot show: a file, a stream, a request.
 *
 * @param key under which it was found
 * @returns `undefined` for an object that is to be shown as it is
 */
export type DescribeObject = (value: object, key: string) => unknown

/**
 * Writes values of an application as JSON, for people to read: bytes by their number, a Map with texts for keys as an
 * object, so that secrets are found in it, other Maps and Sets as arrays, big
 * integers as text, a cycle as `[circular]`.
 *
 * @returns `undefined` where the value is nothing that JSON could show
 * @throws what a getter or a `toJSON()` of the application throws
 */
export function describeValues(value: unknown, describeObject: DescribeObject): string | undefined {
  const ancestors: unknown[] = []
  return JSON.stringify(value, function describe(this: unknown, key: string, converted: unknown): unknown {
    // `converted` is what `toJSON()` made of it: of a Buffer, an array of all its bytes.
    const original: unknown = Reflect.get(Object(this), key)
    if (ArrayBuffer.isView(original) || original instanceof ArrayBuffer) return `[${original.byteLength} bytes]`
    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop()
    const described = typeof original === 'object' && original !== null ? describeObject(original, key) : undefined
    const shown = described ?? plainCollection(converted)
    if (typeof shown === 'bigint') return String(shown)
    if (typeof shown !== 'object' || shown === null) return shown
    if (ancestors.includes(original)) return '[circular]'
    ancestors.push(original, shown)
    return shown
  })
}

function plainCollection(value: unknown): unknown {
  if (value instanceof Set) return [...value]
  if (!(value instanceof Map)) return value
  return [...value.keys()].every((key) => typeof key === 'string') ? Object.fromEntries(value) : [...value]
}

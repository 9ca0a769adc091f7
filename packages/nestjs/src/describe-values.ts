import { EventEmitter } from 'node:events'
import { StreamableFile } from '@nestjs/common'

/**
 * Writes the values of a handler as JSON, for people to read: bytes by their number, streams, requests and other live
 * objects by their class, a cycle as `[circular]`. Files are captured by themselves, so they need not be here again.
 *
 * @param live objects that are not to be looked into
 * @returns `undefined` where the value is nothing that JSON could show
 * @throws what a getter or a `toJSON()` of the application throws
 */
export function describeValues(value: unknown, live: readonly unknown[]): string | undefined {
  const ancestors: unknown[] = []
  return JSON.stringify(value, function describe(this: unknown, key: string, converted: unknown): unknown {
    // `converted` is what `toJSON()` made of it: of a Buffer, an array of all its bytes.
    const original: unknown = Reflect.get(Object(this), key)
    if (ArrayBuffer.isView(original) || original instanceof ArrayBuffer) return `[${original.byteLength} bytes]`
    if (typeof original === 'object' && original !== null && isLive(original, live)) {
      return `[${original.constructor?.name ?? 'object'}]`
    }
    if (typeof converted === 'bigint') return String(converted)
    if (typeof converted !== 'object' || converted === null) return converted
    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop()
    if (ancestors.includes(converted)) return '[circular]'
    ancestors.push(converted)
    return converted instanceof Map || converted instanceof Set ? [...converted] : converted
  })
}

function isLive(value: object, live: readonly unknown[]): boolean {
  return (
    live.includes(value) ||
    value instanceof EventEmitter ||
    value instanceof ReadableStream ||
    value instanceof StreamableFile
  )
}

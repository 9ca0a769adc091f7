import { isRecord } from '../record.js'

/** A shorter object with the keys 0, 1, 2, … may well be a table of an application. */
export const MIN_SPELLED_BYTES = 32

const MAX_BYTE = 255

/**
 * Bytes that went through JSON: `{ 0: 137, 1: 80, … }` was a `Uint8Array`, `{ type: 'Buffer', data: [137, 80, …] }` a
 * `Buffer`. The AI SDK makes such objects of what a tool returns.
 *
 * @returns undefined when the value is something else
 */
export function readSpelledBytes(value: unknown): Uint8Array | undefined {
  if (!isRecord(value)) return undefined
  if (value['type'] === 'Buffer' && Array.isArray(value['data']))
    return readNumbers(value['data'], value['data'].length)
  // Looked at first, since most objects are neither.
  if (!isByte(value['0']) || !isByte(value[String(MIN_SPELLED_BYTES - 1)])) return undefined
  return readNumbers(value, Object.keys(value).length)
}

function readNumbers(numbers: Readonly<Record<number, unknown>>, length: number): Uint8Array | undefined {
  if (length < MIN_SPELLED_BYTES) return undefined
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index += 1) {
    const byte = numbers[index]
    if (!isByte(byte)) return undefined
    bytes[index] = byte
  }
  return bytes
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_BYTE
}

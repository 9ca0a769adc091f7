/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject

/** An object that JSON can hold. */
export interface JsonObject {
  [key: string]: JsonValue
}

/** Parses JSON that this program wrote itself, so that the shape that is expected of it needs no check. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function parseOwnJson<Value>(text: string): Value {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(text) as Value
}

/** Whether a value is an object that is neither `null` nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

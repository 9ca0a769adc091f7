const nanosecondsPerMillisecond = 1_000_000n
const digits = /^-?\d{1,30}$/

/** Reads a decimal string of nanoseconds without losing digits; `undefined` for anything else. */
export function parseNanoseconds(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value !== 'string' || !digits.test(value)) return undefined
  return BigInt(value)
}

/** The moment as milliseconds since 1970, for `Date`; the digits below a millisecond are cut off. */
export function nanosecondsToMilliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / nanosecondsPerMillisecond)
}

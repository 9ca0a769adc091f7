/** Random choices that a seed repeats: Mulberry32, which is even enough for tests and nothing else. */
export interface SeededRandom {
  /** at least 0, less than 1 */
  fraction(): number
  /** a whole number from `min` to `max`, both included */
  integer(min: number, max: number): number
  /** that many bytes, whose content no compression shortens */
  bytes(sizeBytes: number): Buffer
}

const MULBERRY_STEP = 0x6d_2b_79_f5
const UINT32_VALUES = 2 ** 32
const BYTES_PER_UINT32 = 4

/** @param seed any whole number; the same one gives the same choices in the same order */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const uint32 = (): number => {
    state = (state + MULBERRY_STEP) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const fraction = (): number => uint32() / UINT32_VALUES
  return {
    fraction,
    integer: (min, max) => min + Math.floor(fraction() * (max - min + 1)),
    bytes: (sizeBytes) => {
      const words = new Uint32Array(Math.ceil(sizeBytes / BYTES_PER_UINT32))
      for (let index = 0; index < words.length; index += 1) words[index] = uint32()
      return Buffer.from(words.buffer, 0, sizeBytes)
    },
  }
}

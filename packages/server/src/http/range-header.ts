import type { ByteRange } from '../storage/blob-store.js'

/** What a `Range` header asks for: the whole, one part, or nothing that there is. */
export type RangeAnswer = { kind: 'whole' } | { kind: 'part'; range: ByteRange } | { kind: 'unsatisfiable' }

const whole: RangeAnswer = { kind: 'whole' }
const unsatisfiable: RangeAnswer = { kind: 'unsatisfiable' }
const rangePattern = /^\s*(\d*)\s*-\s*(\d*)\s*$/

/**
 * Reads a `Range` header (RFC 9110, section 14.2). An unknown unit is ignored, as the RFC demands; several ranges get
 * the whole; a range that is malformed or outside of the content is unsatisfiable.
 *
 * @param header the header's value; `undefined` where there is none
 * @param sizeBytes size of the content
 */
export function parseRange(header: string | undefined, sizeBytes: number): RangeAnswer {
  const unit = header?.indexOf('=') ?? -1
  if (header === undefined || header.slice(0, unit).trim().toLowerCase() !== 'bytes') return whole
  const ranges = header.slice(unit + 1)
  if (ranges.includes(',')) return whole
  const match = rangePattern.exec(ranges)
  const [, first, last] = match ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return unsatisfiable
  // A suffix: the last so many bytes.
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)
  const isReversed = first !== '' && last !== '' && Number(last) < Number(first)
  if (isReversed || start > end) return unsatisfiable
  return { kind: 'part', range: { start, end } }
}

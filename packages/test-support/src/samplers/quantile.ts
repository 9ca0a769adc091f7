/**
 * The value below which the given share of the values lies.
 *
 * @param share from 0 to 1; 1 gives the largest
 * @returns 0 when there are no values
 */
export function quantile(values: Float64Array, share: number): number {
  const sorted = values.toSorted()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

const unitStep = 1024
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size for people: `0 B`, `731 B`, `27.8 KiB`, `1.2 GiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return 'unknown size'
  let value = bytes
  let unit = 0
  while (value >= unitStep && unit < units.length - 1) {
    value /= unitStep
    unit += 1
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${value.toFixed(digits)} ${units[unit] ?? 'B'}`
}

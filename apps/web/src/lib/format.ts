const UNITS = ['B', 'kB', 'MB', 'GB'] as const
const THOUSAND = 1000

/** Writes a size for people, in decimal units: `601 kB`. */
export function formatSize(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= THOUSAND && unit < UNITS.length - 1) {
    value /= THOUSAND
    unit += 1
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`
}

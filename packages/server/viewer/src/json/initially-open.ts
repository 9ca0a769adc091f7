import { ExactNumber } from './parse-json.js'

/**
 * The objects and arrays that are unfolded from the start: from the outside in, as long as no more than `lines` lines
 * come of it. The outermost one is always open.
 */
export function initiallyOpen(value: unknown, lines: number): ReadonlySet<unknown> {
  const open = new Set<unknown>()
  if (!isContainer(value)) return open
  open.add(value)
  let remaining = lines
  let level: readonly object[] = [value]
  while (level.length > 0) {
    const next: object[] = []
    for (const container of level) {
      const children: readonly unknown[] = Array.isArray(container) ? container : Object.values(container)
      if (children.length > remaining && container !== value) continue
      remaining -= children.length
      open.add(container)
      for (const child of children) {
        if (next.length >= lines) break
        if (isContainer(child)) next.push(child)
      }
    }
    if (remaining <= 0) break
    level = next
  }
  return open
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber)
}

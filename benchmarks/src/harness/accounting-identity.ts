import type { ArtifactClientStats } from '@span-artifacts/core'

/**
 * How far the accounting is off: accepted, less everything that it must be the sum of. 0 when the books balance.
 *
 * `accepted = uploaded + deduplicated + dropped{reason} + failed{reason} + spooled + queued + inflight`
 */
export function accountingError(stats: ArtifactClientStats): number {
  const { accepted, uploaded, deduplicated, dropped, failed, spooled, queued, inflight } = stats
  return accepted - (uploaded + deduplicated + sum(dropped) + sum(failed) + spooled + queued + inflight)
}

/** The total of counts by reason. */
export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

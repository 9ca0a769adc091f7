import { useEffect } from 'react'
import { nanosecondsToMilliseconds } from '../format/nanoseconds.js'
import type { SpanTree } from './span-tree.js'

const followIntervalMs = 3000
/** Spans come in batches, seconds apart: a trace whose last span is this old is taken as complete. */
const freshForMs = 30_000
/** With parents missing, more must come; but not for ever. */
const incompleteForMs = 5 * 60_000
/** Loading a huge trace again and again would cost more than it shows. */
const mostSpans = 1500

/** Loads a trace again while more of its spans can be expected. */
export function useFollow(tree: SpanTree | undefined, loading: boolean, reload: () => void): void {
  useEffect(() => {
    if (tree === undefined || loading || tree.nodes.length > mostSpans) return undefined
    const endMs = nanosecondsToMilliseconds(tree.startNano) + tree.durationNano / 1e6
    const ageMs = Date.now() - endMs
    const expected = ageMs < (tree.missingParentCount > 0 ? incompleteForMs : freshForMs)
    if (!expected) return undefined
    const timer = setTimeout(() => {
      if (document.visibilityState === 'visible') reload()
    }, followIntervalMs)
    return () => clearTimeout(timer)
  }, [tree, loading, reload])
}

import type { TracePage, TraceSummary } from '../api/contract.js'

export interface LoadedTraces {
  readonly traces: readonly TraceSummary[]
  readonly nextCursor: string | null
}

/** The first page after a refresh, with what was loaded before it kept below. */
export function mergeNewest(loaded: LoadedTraces | undefined, newest: TracePage): LoadedTraces {
  const ids = new Set(newest.traces.map((trace) => trace.trace_id))
  const older = loaded?.traces.filter((trace) => !ids.has(trace.trace_id)) ?? []
  const overlaps = loaded !== undefined && older.length < loaded.traces.length
  // Without an overlap more traces than one page have arrived since: keeping the old ones would hide a gap.
  if (loaded === undefined || !overlaps || newest.next_cursor === null) {
    return { traces: newest.traces, nextCursor: newest.next_cursor }
  }
  return older.length === 0
    ? { traces: newest.traces, nextCursor: newest.next_cursor }
    : { traces: [...newest.traces, ...older], nextCursor: loaded.nextCursor }
}

/** The list continued with an older page. */
export function appendOlder(loaded: LoadedTraces, older: TracePage): LoadedTraces {
  const ids = new Set(loaded.traces.map((trace) => trace.trace_id))
  return {
    traces: [...loaded.traces, ...older.traces.filter((trace) => !ids.has(trace.trace_id))],
    nextCursor: older.next_cursor,
  }
}

/** The traces whose name, service or id contain every word of `query`, letter case aside. */
export function filterTraces(traces: readonly TraceSummary[], query: string): readonly TraceSummary[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return traces
  return traces.filter((trace) => {
    const haystack = `${trace.root_name ?? ''}\n${trace.service_name ?? ''}\n${trace.trace_id}`.toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}

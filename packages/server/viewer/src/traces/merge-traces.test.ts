import { describe, expect, test } from 'vitest'
import type { TraceSummary } from '../api/contract.js'
import { appendOlder, filterTraces, mergeNewest } from './merge-traces.js'

const trace = (id: string, spans = 1): TraceSummary => ({
  trace_id: id,
  root_name: `GET /${id}`,
  service_name: 'Shop',
  start_time_unix_nano: '1',
  duration_nano: '1',
  span_count: spans,
  error_count: 0,
  artifact_count: 0,
})
const ids = (list: { traces: readonly TraceSummary[] }): string => list.traces.map((each) => each.trace_id).join('')

describe('a refresh', () => {
  test('puts new traces on top, brings known ones up to date and keeps older ones', () => {
    const loaded = { traces: [trace('b'), trace('c'), trace('d')], nextCursor: 'after d' }
    const merged = mergeNewest(loaded, { traces: [trace('a'), trace('b', 7)], next_cursor: 'after b' })
    expect(ids(merged)).toBe('abcd')
    expect(merged.traces[1]?.span_count).toBe(7)
    expect(merged.nextCursor).toBe('after d')
  })

  test('starts over where so many have come that there would be a gap', () => {
    const loaded = { traces: [trace('x'), trace('y')], nextCursor: null }
    expect(mergeNewest(loaded, { traces: [trace('a'), trace('b')], next_cursor: 'after b' })).toEqual({
      traces: [trace('a'), trace('b')],
      nextCursor: 'after b',
    })
  })

  test('drops what the server no longer has', () => {
    const loaded = { traces: [trace('a'), trace('gone')], nextCursor: null }
    expect(ids(mergeNewest(loaded, { traces: [trace('a')], next_cursor: null }))).toBe('a')
  })

  test('of nothing is the first page', () => {
    expect(ids(mergeNewest(undefined, { traces: [trace('a')], next_cursor: 'n' }))).toBe('a')
  })
})

test('an older page comes below, without what is there already', () => {
  const loaded = { traces: [trace('a'), trace('b')], nextCursor: 'after b' }
  const longer = appendOlder(loaded, { traces: [trace('b'), trace('c')], next_cursor: null })
  expect(ids(longer)).toBe('abc')
  expect(longer.nextCursor).toBeNull()
})

test('the filter wants every word, in the name, the service or the id', () => {
  const traces = [trace('alpha'), { ...trace('beta'), service_name: null, root_name: null }]
  expect(filterTraces(traces, 'shop ALPHA')).toEqual([traces[0]])
  expect(filterTraces(traces, 'bet')).toEqual([traces[1]])
  expect(filterTraces(traces, 'alpha beta')).toEqual([])
  expect(filterTraces(traces, '  ')).toBe(traces)
})

import { describe, expect, test } from 'vitest'
import { artifactPath, isTraceId, parseRoute, tracePath } from './route.js'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'
const sha256 = 'a'.repeat(64)

describe('an address', () => {
  test('without anything is the list', () => {
    expect(parseRoute('/')).toEqual({ page: 'traces' })
    expect(parseRoute('/traces')).toEqual({ page: 'traces' })
    expect(parseRoute('/traces/')).toEqual({ page: 'traces' })
  })

  test('of a trace, with and without a span, is read back as it was made', () => {
    expect(parseRoute(tracePath(traceId))).toEqual({ page: 'trace', traceId, spanId: undefined })
    const [path = '', search = ''] = tracePath(traceId, spanId).split('?')
    expect(parseRoute(path, search)).toEqual({ page: 'trace', traceId, spanId })
  })

  test('with ids in capital letters means the same', () => {
    expect(parseRoute(`/traces/${traceId.toUpperCase()}`, `?span=${spanId.toUpperCase()}`)).toEqual({
      page: 'trace',
      traceId,
      spanId,
    })
  })

  test('of an artifact', () => {
    expect(parseRoute(artifactPath(sha256))).toEqual({ page: 'artifact', sha256 })
  })

  test.each([
    '/traces/short',
    `/traces/${traceId}/more`,
    '/artifacts',
    `/artifacts/${sha256}0`,
    '/artifacts/../../etc/passwd',
    '/elsewhere',
  ])('that names nothing is unknown: %s', (path) => {
    expect(parseRoute(path)).toEqual({ page: 'unknown', path })
  })

  test('with a span that is none still shows the trace', () => {
    expect(parseRoute(`/traces/${traceId}`, '?span=<script>')).toEqual({ page: 'trace', traceId, spanId: undefined })
  })
})

test('a whole trace id is told from a part of one', () => {
  expect(isTraceId(traceId)).toBe(true)
  expect(isTraceId(traceId.slice(1))).toBe(false)
})

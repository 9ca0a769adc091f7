import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Span } from '../api/contract.js'
import { span, spanArtifact } from '../test-fixtures/spans.js'
import { buildSpanTree, type SpanNode } from './span-tree.js'

const at = (id: string, parent: string | null, from: number, to: number): Span =>
  span(id, parent, {
    start_time_unix_nano: String(1_795_399_551_934_000_000n + BigInt(from)),
    end_time_unix_nano: String(1_795_399_551_934_000_000n + BigInt(to)),
  })

const keys = (nodes: readonly SpanNode[]): string[] => nodes.map((node) => node.key)

describe('a tree of spans', () => {
  test('has parents before children and siblings by start', () => {
    const tree = buildSpanTree([at('c', 'a', 50, 60), at('b', 'a', 10, 20), at('d', 'b', 12, 14), at('a', null, 0, 99)])
    expect(keys(tree.nodes)).toEqual(['a', 'b', 'd', 'c'])
    expect(tree.nodes.map((node) => node.depth)).toEqual([0, 1, 2, 1])
    expect(tree.durationNano).toBe(99)
    expect(tree.startNano).toBe(1_795_399_551_934_000_000n)
    expect(tree.nodes[0]?.descendantCount).toBe(3)
  })

  test('keeps nanoseconds apart that a number would merge', () => {
    const tree = buildSpanTree([at('a', null, 0, 3), at('b', 'a', 1, 2)])
    expect(tree.nodes[1]).toMatchObject({ startNano: 1, endNano: 2 })
  })

  test('gives the children of a parent that never came a place of their own, together', () => {
    const tree = buildSpanTree([at('b', 'ghost', 20, 30), at('c', 'ghost', 25, 70), at('a', null, 0, 99)])
    expect(keys(tree.nodes)).toEqual(['a', 'missing:ghost', 'b', 'c'])
    expect(tree.missingParentCount).toBe(1)
    const place = tree.bySpanId.get('ghost')
    expect(place).toMatchObject({ span: undefined, startNano: 20, endNano: 70, depth: 0 })
  })

  test('takes several roots', () => {
    expect(buildSpanTree([at('b', null, 5, 6), at('a', '', 0, 9)]).roots.map((root) => root.key)).toEqual(['a', 'b'])
  })

  test('cuts circles at their earliest span, also a span that is its own parent', () => {
    const tree = buildSpanTree([at('a', 'b', 10, 20), at('b', 'c', 5, 20), at('c', 'a', 7, 20), at('x', 'x', 0, 1)])
    expect(keys(tree.nodes)).toEqual(['x', 'b', 'a', 'c'])
  })

  test('keeps both of two spans with one id', () => {
    const tree = buildSpanTree([at('a', null, 0, 10), at('a', null, 2, 3), at('b', 'a', 4, 5)])
    expect(keys(tree.nodes)).toEqual(['a', 'b', 'a#2'])
    expect(tree.bySpanId.get('a')?.key).toBe('a')
  })

  test('draws a span without an end to the end of the trace', () => {
    const open = { ...at('b', 'a', 10, 0), end_time_unix_nano: '0' }
    const tree = buildSpanTree([at('a', null, 0, 100), open])
    expect(tree.bySpanId.get('b')).toMatchObject({ unfinished: true, startNano: 10, endNano: 100 })
  })

  test('tells how far a child starts before its parent', () => {
    const tree = buildSpanTree([at('a', null, 15, 100), at('b', 'a', 0, 50), at('c', 'a', 20, 30)])
    expect(tree.bySpanId.get('b')?.skewNano).toBe(15)
    expect(tree.bySpanId.get('c')?.skewNano).toBe(0)
  })

  test('survives times that are no times, or run backwards', () => {
    const tree = buildSpanTree([
      span('a', null, { start_time_unix_nano: 'soon', end_time_unix_nano: '' }),
      span('b', 'a', { start_time_unix_nano: '200', end_time_unix_nano: '100' }),
    ])
    expect(tree.bySpanId.get('b')).toMatchObject({ startNano: 0, endNano: 0 })
    expect(tree.durationNano).toBe(0)
    expect(buildSpanTree([])).toMatchObject({ nodes: [], durationNano: 0, startNano: 0n })
  })

  test('counts failures and artifacts below', () => {
    const tree = buildSpanTree([
      at('a', null, 0, 9),
      { ...at('b', 'a', 1, 8), artifacts: [spanArtifact('1'), spanArtifact('2')] },
      { ...at('c', 'b', 2, 3), status: { code: 'ERROR' } },
    ])
    expect(tree.bySpanId.get('a')).toMatchObject({ descendantArtifactCount: 2, descendantErrorCount: 1 })
    expect(tree.errorCount).toBe(1)
  })

  test('is as deep as the trace: a chain of fifty thousand spans is no problem', () => {
    const chain = Array.from({ length: 50_000 }, (_, index) =>
      at(`${index}`, index === 0 ? null : `${index - 1}`, 0, 9),
    )
    expect(buildSpanTree(chain).nodes.at(-1)?.depth).toBe(49_999)
  })

  test('holds every span exactly once, whatever the parents and times', () => {
    const id = fc.integer({ min: 0, max: 12 }).map(String)
    const time = fc.integer({ min: -5, max: 50 }).map(String)
    const anySpan = fc
      .record({ id, parent: fc.option(id), start: time, end: time })
      .map(({ id, parent, start, end }) => span(id, parent, { start_time_unix_nano: start, end_time_unix_nano: end }))
    fc.assert(
      fc.property(fc.array(anySpan, { maxLength: 40 }), (spans) => {
        const { nodes, roots, durationNano } = buildSpanTree(spans)
        expect(nodes.flatMap((node) => node.span ?? [])).toHaveLength(spans.length)
        expect(new Set(nodes.flatMap((node) => node.span ?? []))).toEqual(new Set(spans))
        expect(new Set(keys(nodes)).size).toBe(nodes.length)
        const seen = new Set<SpanNode>()
        for (const node of nodes) {
          const place = node.parent === undefined ? roots : node.parent.children
          expect(place).toContain(node)
          expect(node.parent === undefined || seen.has(node.parent)).toBe(true)
          seen.add(node)
          expect(node.startNano).toBeGreaterThanOrEqual(0)
          expect(node.endNano).toBeGreaterThanOrEqual(node.startNano)
          expect(node.endNano).toBeLessThanOrEqual(durationNano)
        }
        const below = roots.reduce((sum, root) => sum + 1 + root.descendantCount, 0)
        expect(below).toBe(nodes.length)
      }),
    )
  })
})

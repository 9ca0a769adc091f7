import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { span, spanArtifact } from '../test-fixtures/spans.js'
import { eventMarks } from './event-marks.js'
import { windowForKey } from './minimap.js'
import { listServices, serviceHueCount } from './services.js'
import { buildSpanTree } from './span-tree.js'
import {
  axisTicks,
  barIn,
  clampWindow,
  minimumWindowNano,
  percentAt,
  wholeWindow,
  windowShowing,
} from './time-window.js'
import { countKinds, listTraceArtifacts } from './trace-artifacts.js'
import { findNodes, reveal, visibleNodes } from './visible-rows.js'
import { actionForKey } from './waterfall-keys.js'

const { nodes, bySpanId } = buildSpanTree([
  span('a', null),
  span('b', 'a', { attributes: { 'http.route': '/Checkout', words: ['x', 'needle'] } }),
  span('c', 'b', { artifacts: [spanArtifact('1'.repeat(64))], status: { code: 'ERROR', message: 'Broken pipe' } }),
  span('d', 'a', { resource: { 'service.name': 'billing' }, artifacts: [spanArtifact('1'.repeat(64))] }),
])
const [a, b, c, d] = [bySpanId.get('a')!, bySpanId.get('b')!, bySpanId.get('c')!, bySpanId.get('d')!]

describe('the rows', () => {
  test('leave out what is below a folded span', () => {
    expect(visibleNodes(nodes, new Set(['b']))).toEqual([a, b, d])
    expect(visibleNodes(nodes, new Set(['a']))).toEqual([a])
    expect(visibleNodes(nodes, new Set(['c']))).toEqual([a, b, c, d])
  })

  test('open up for a span that is looked for, and no further', () => {
    expect(reveal(c, new Set(['a', 'b', 'd']))).toEqual(new Set(['d']))
    const nothingHidden = new Set(['d'])
    expect(reveal(c, nothingHidden)).toBe(nothingHidden)
  })

  test.each([
    ['checkout', ['b']],
    ['needle', ['b']],
    ['broken', ['c']],
    ['billing', ['d']],
    ['thing.png', ['c', 'd']],
    ['1111', ['c', 'd']],
    ['  ', []],
    ['nowhere', []],
  ])('are found by %j', (query, found) => {
    expect(findNodes(nodes, query).map((node) => node.key)).toEqual(found)
  })
})

describe('the keys', () => {
  const rows = [a, b, c, d]
  const press = (key: string, cursor: number, collapsed: ReadonlySet<string> = new Set()) =>
    actionForKey(key, { rows, cursor, page: 2, collapsed })

  test.each([
    ['ArrowDown', -1, a],
    ['ArrowDown', 0, b],
    ['ArrowDown', 3, d],
    ['ArrowUp', 0, a],
    ['PageDown', 0, c],
    ['PageUp', 3, b],
    ['Home', 2, a],
    ['End', 0, d],
    ['ArrowRight', 0, b],
    ['ArrowLeft', 2, b],
    [']', -1, c],
    [']', 2, d],
    ['[', 3, c],
    ['e', 0, c],
    ['e', 2, c],
  ])('%s on row %i selects', (key, cursor, node) => {
    expect(press(key, cursor)).toEqual({ type: 'select', node })
  })

  test('fold, unfold, zoom and close', () => {
    expect(press('ArrowLeft', 1)).toEqual({ type: 'toggle', node: b })
    expect(press('ArrowRight', 1, new Set(['b']))).toEqual({ type: 'toggle', node: b })
    expect(press('Enter', 0)).toEqual({ type: 'toggle', node: a })
    expect(press('z', 3)).toEqual({ type: 'zoom', node: d })
    expect(press('Escape', 3)).toEqual({ type: 'close' })
  })

  test('without a meaning here are left to the page', () => {
    expect(press('Tab', 1)).toBeUndefined()
    expect(press('ArrowRight', 3)).toBeUndefined()
    expect(press(']', 3)).toBeUndefined()
    expect(actionForKey('ArrowDown', { rows: [], cursor: -1, page: 1, collapsed: new Set() })).toBeUndefined()
  })
})

describe('the shown time', () => {
  const duration = fc.integer({ min: 0, max: 10 ** 15 })
  const anyWindow = fc.record({
    startNano: fc.double({ min: -1e16, max: 1e16, noNaN: true }),
    endNano: fc.double({ min: -1e16, max: 1e16, noNaN: true }),
  })

  test('stays inside the trace and never shrinks to nothing', () => {
    fc.assert(
      fc.property(duration, anyWindow, (durationNano, window) => {
        const clamped = clampWindow(window, durationNano)
        const whole = wholeWindow(durationNano)
        expect(clamped.startNano).toBeGreaterThanOrEqual(0)
        expect(clamped.endNano).toBeLessThanOrEqual(whole.endNano * (1 + 1e-9))
        const length = clamped.endNano - clamped.startNano
        expect(length).toBeGreaterThanOrEqual(Math.min(minimumWindowNano, whole.endNano) * (1 - 1e-6))
      }),
    )
  })

  test('has at most as many ticks as fit, all inside', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e14, noNaN: true }),
        fc.double({ min: 1000, max: 1e14, noNaN: true }),
        fc.integer({ min: 1, max: 30 }),
        (startNano, length, most) => {
          const window = { startNano, endNano: startNano + length }
          const ticks = axisTicks(window, most)
          expect(ticks.length).toBeLessThanOrEqual(most + 1)
          for (const tick of ticks) {
            expect(percentAt(tick, window)).toBeGreaterThanOrEqual(-1e-6)
            expect(percentAt(tick, window)).toBeLessThanOrEqual(100 + 1e-6)
          }
        },
      ),
    )
  })

  test('has round ticks', () => {
    // Beyond 2^53 the next whole number may be the same one.
    const farEnd = { startNano: 2 ** 64 - 8192, endNano: 2 ** 64 }
    expect(axisTicks(farEnd, 5).every((tick) => tick >= farEnd.startNano && tick <= farEnd.endNano)).toBe(true)
    expect(axisTicks({ startNano: 0, endNano: 100 }, 5)).toEqual([0, 20, 40, 60, 80, 100])
    expect(axisTicks({ startNano: 130, endNano: 290 }, 4)).toEqual([150, 200, 250])
  })

  test('cuts bars at its edges and leaves out what is outside', () => {
    const window = { startNano: 100, endNano: 200 }
    expect(barIn(window, { startNano: 50, endNano: 150 })).toEqual({
      left: 0,
      width: 50,
      cutLeft: true,
      cutRight: false,
    })
    expect(barIn(window, { startNano: 120, endNano: 300 })).toMatchObject({ left: 20, width: 80, cutRight: true })
    expect(barIn(window, { startNano: 10, endNano: 99 })).toBeUndefined()
    expect(barIn(window, { startNano: 150, endNano: 150 })).toMatchObject({ left: 50, width: 0 })
  })

  test('moves to what it must show, and stays where it shows it already', () => {
    const window = { startNano: 100, endNano: 200 }
    expect(windowShowing(window, { startNano: 150, endNano: 500 })).toBe(window)
    expect(windowShowing(window, { startNano: 400, endNano: 440 })).toEqual({ startNano: 370, endNano: 470 })
    expect(windowShowing(window, { startNano: 300, endNano: 900 })).toEqual({ startNano: 300, endNano: 900 })
  })

  test('is moved and resized by keys', () => {
    const whole = { startNano: 0, endNano: 1000 }
    const window = { startNano: 100, endNano: 200 }
    expect(windowForKey('ArrowRight', window, whole)).toEqual({ startNano: 110, endNano: 210 })
    expect(windowForKey('+', window, whole)).toEqual({ startNano: 115, endNano: 185 })
    expect(windowForKey('0', window, whole)).toBe(whole)
    expect(windowForKey('x', window, whole)).toBeUndefined()
  })
})

describe('events', () => {
  test('that would hide each other are one mark, which fails if one of them does', () => {
    const node = buildSpanTree([
      span('a', null, {
        start_time_unix_nano: '1000',
        end_time_unix_nano: '2000',
        events: [
          { name: 'start', time_unix_nano: '1500', attributes: {} },
          { name: 'exception', time_unix_nano: '1500', attributes: {} },
          { name: 'outside', time_unix_nano: '9000', attributes: {} },
          { name: 'no time', time_unix_nano: 'x', attributes: {} },
        ],
      }),
    ]).nodes[0]!
    expect(eventMarks(node, { startNano: 0, endNano: 1000 })).toEqual([
      { percent: 50, name: 'start, exception', failed: true },
    ])
  })
})

describe('services and artifacts of a trace', () => {
  test('services have a colour each, in the order in which they appear', () => {
    const services = listServices(nodes)
    expect([...services.values()]).toEqual([
      { name: 'shop', hue: 0, spanCount: 3 },
      { name: 'billing', hue: 1, spanCount: 1 },
    ])
    const many = buildSpanTree(
      Array.from({ length: 20 }, (_, index) => span(`${index}`, null, { resource: { 'service.name': `s${index}` } })),
    )
    expect([...listServices(many.nodes).values()].every(({ hue }) => hue < serviceHueCount)).toBe(true)
  })

  test('the same bytes are listed once, with all spans that use them', () => {
    const [only, ...others] = listTraceArtifacts(nodes)
    expect(others).toEqual([])
    expect(only?.nodes).toEqual([c, d])
    expect(countKinds(listTraceArtifacts(nodes))).toEqual([['image', 1]])
  })
})

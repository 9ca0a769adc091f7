import { parseNanoseconds } from '../format/nanoseconds.js'
import type { SpanNode } from './span-tree.js'
import { percentAt, type TimeWindow } from './time-window.js'

const mostMarks = 24
const percentGrid = 0.25

export interface EventMark {
  /** In percent of the window's width. */
  readonly percent: number
  readonly name: string
  readonly failed: boolean
}

/** Where the events of a span lie in the shown time; those that would hide each other are one mark. */
export function eventMarks(node: SpanNode, window: TimeWindow): readonly EventMark[] {
  const { span } = node
  const start = parseNanoseconds(span?.start_time_unix_nano)
  if (span === undefined || start === undefined) return []
  const marks = new Map<number, EventMark>()
  for (const event of span.events) {
    const moment = parseNanoseconds(event.time_unix_nano)
    if (moment === undefined) continue
    const percent = percentAt(node.startNano + Number(moment - start), window)
    if (percent < 0 || percent > 100) continue
    const place = Math.round(percent / percentGrid)
    const failed = event.name === 'exception'
    const known = marks.get(place)
    if (known === undefined && marks.size >= mostMarks) continue
    marks.set(place, {
      percent: place * percentGrid,
      name: known === undefined ? event.name : `${known.name}, ${event.name}`,
      failed: failed || known?.failed === true,
    })
  }
  return [...marks.values()]
}

/** A part of the trace's time, in nanoseconds from its start. */
export interface TimeWindow {
  readonly startNano: number
  readonly endNano: number
}

/** The shortest piece that one can zoom into: below it neighbouring ticks would read the same. */
export const minimumWindowNano = 1000

const fallbackNano = 1e6
const percent = 100

/** The window that shows everything; a trace without any duration still gets an axis. */
export function wholeWindow(durationNano: number): TimeWindow {
  return { startNano: 0, endNano: durationNano > 0 ? durationNano : fallbackNano }
}

/** `window` moved and cut so that it lies inside the trace and is not shorter than the minimum. */
export function clampWindow(window: TimeWindow, durationNano: number): TimeWindow {
  const whole = wholeWindow(durationNano)
  const length = Math.min(
    whole.endNano,
    Math.max(Math.min(minimumWindowNano, whole.endNano), window.endNano - window.startNano),
  )
  const startNano = Math.min(Math.max(0, window.startNano), whole.endNano - length)
  return { startNano, endNano: startNano + length }
}

/** `window` moved, or made longer, just so far that it shows `span`; the same window where it does already. */
export function windowShowing(window: TimeWindow, span: TimeWindow): TimeWindow {
  if (span.startNano < window.endNano && span.endNano > window.startNano) return window
  const length = Math.max(window.endNano - window.startNano, span.endNano - span.startNano)
  const startNano = (span.startNano + span.endNano - length) / 2
  return { startNano, endNano: startNano + length }
}

/** Where a moment lies in the window, in percent of its width; below 0 or above 100 it is outside. */
export function percentAt(nano: number, window: TimeWindow): number {
  return ((nano - window.startNano) / (window.endNano - window.startNano)) * percent
}

export interface Bar {
  /** In percent of the window's width, from 0 to 100. */
  readonly left: number
  readonly width: number
  /** The span goes on beyond this edge of the window. */
  readonly cutLeft: boolean
  readonly cutRight: boolean
}

/** The part of a span that the window shows; `undefined` where it lies wholly outside. */
export function barIn(window: TimeWindow, span: TimeWindow): Bar | undefined {
  if (span.endNano < window.startNano || span.startNano > window.endNano) return undefined
  const left = Math.max(0, percentAt(span.startNano, window))
  const right = Math.min(percent, percentAt(span.endNano, window))
  return {
    left,
    width: Math.max(0, right - left),
    cutLeft: span.startNano < window.startNano,
    cutRight: span.endNano > window.endNano,
  }
}

/** Moments for the axis: multiples of 1, 2 or 5 times a power of ten, at most `maximumCount` of them. */
export function axisTicks(window: TimeWindow, maximumCount: number): readonly number[] {
  const length = window.endNano - window.startNano
  if (!(length > 0) || maximumCount < 1) return []
  const step = niceStep(length / maximumCount)
  const first = Math.ceil(window.startNano / step)
  // Counted from 0: far from the start of a trace of centuries, adding one may give the same number for ever.
  const ticks = Array.from({ length: maximumCount + 1 }, (_, index) => (first + index) * step)
  return [...new Set(ticks)].filter((tick) => tick >= window.startNano && tick <= window.endNano)
}

const roundFactors = [1, 2, 5, 10] as const

function niceStep(atLeast: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, atLeast)))
  const factor = roundFactors.find((candidate) => candidate * magnitude >= atLeast) ?? 10
  return factor * magnitude
}

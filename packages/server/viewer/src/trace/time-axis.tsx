import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { formatDuration } from '../format/duration.js'
import { axisTicks, percentAt, type TimeWindow } from './time-window.js'

const pixelsPerTick = 92
const usualWidthPixels = 700
/** A label so near to the right edge would be cut off; the line below says enough there. */
const lastLabelPercent = 94

function useTicks(window: TimeWindow): { ref: React.RefObject<HTMLDivElement | null>; ticks: readonly number[] } {
  const ref = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(usualWidthPixels)
  useEffect(() => {
    const element = ref.current
    if (element === null) return undefined
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const ticks = useMemo(() => axisTicks(window, Math.max(2, Math.floor(width / pixelsPerTick))), [window, width])
  return { ref, ticks }
}

/** The scale above the bars, counted from the start of the trace. */
export function TimeAxis({ window }: { readonly window: TimeWindow }): ReactNode {
  const { ref, ticks } = useTicks(window)
  return (
    <div className="axis" ref={ref} aria-hidden="true">
      {ticks.map((tick) => {
        const percent = percentAt(tick, window)
        if (percent > lastLabelPercent) return null
        return (
          <span key={tick} className="tick" style={{ left: `${percent}%` }}>
            {formatDuration(tick)}
          </span>
        )
      })}
    </div>
  )
}

/** The lines behind the bars. */
export function TimeGrid({ window }: { readonly window: TimeWindow }): ReactNode {
  const { ref, ticks } = useTicks(window)
  return (
    <div className="time-grid" ref={ref} aria-hidden="true">
      {ticks.map((tick) => (
        <span key={tick} style={{ left: `${percentAt(tick, window)}%` }} />
      ))}
    </div>
  )
}

import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { formatDuration } from '../format/duration.js'
import { drawMinimap } from './draw-minimap.js'
import { serviceName, type Service } from './services.js'
import type { SpanTree } from './span-tree.js'
import { clampWindow, percentAt, wholeWindow, type TimeWindow } from './time-window.js'

const panShare = 0.1
const zoomFactor = 0.7
const clickShare = 0.005

export interface MinimapProps {
  readonly tree: SpanTree
  readonly services: ReadonlyMap<string, Service>
  readonly window: TimeWindow
  readonly onWindow: (window: TimeWindow) => void
}

/** The whole trace in small. Dragging over it chooses the time that the waterfall shows. */
export function Minimap({ tree, services, window, onWindow }: MinimapProps): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [drag, setDrag] = useState<{ from: number; to: number }>()
  const whole = wholeWindow(tree.durationNano)

  useEffect(() => {
    const element = canvas.current
    if (element === null) return undefined
    const hueOf = (index: number): number => services.get(serviceName(tree.nodes[index]?.span))?.hue ?? 0
    const draw = (): void => drawMinimap(element, tree, hueOf)
    const observer = new ResizeObserver(draw)
    observer.observe(element)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', draw)
    const themeObserver = new MutationObserver(draw)
    themeObserver.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      observer.disconnect()
      themeObserver.disconnect()
      scheme.removeEventListener('change', draw)
    }
  }, [tree, services])

  const nanoAt = (event: PointerEvent<HTMLElement>): number => {
    const box = event.currentTarget.getBoundingClientRect()
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
    return whole.startNano + share * (whole.endNano - whole.startNano)
  }
  const finish = (): void => {
    if (drag === undefined) return
    setDrag(undefined)
    const startNano = Math.min(drag.from, drag.to)
    const endNano = Math.max(drag.from, drag.to)
    // A click without a drag asks for everything again.
    const chosen = endNano - startNano < whole.endNano * clickShare ? whole : { startNano, endNano }
    onWindow(clampWindow(chosen, tree.durationNano))
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = windowForKey(event.key, window, whole)
    if (next === undefined) return
    event.preventDefault()
    event.stopPropagation()
    onWindow(clampWindow(next, tree.durationNano))
  }

  const chosen = drag === undefined ? window : dragWindow(drag)
  const left = percentAt(chosen.startNano, whole)
  const right = percentAt(chosen.endNano, whole)
  const zoomed = drag !== undefined || left > 0 || right < 100
  return (
    <div
      className="minimap"
      role="slider"
      tabIndex={0}
      aria-label="Shown time: drag to zoom in, click to show everything, arrow keys to move, plus and minus to zoom"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(left)}
      aria-valuetext={`${formatDuration(chosen.startNano)} to ${formatDuration(chosen.endNano)}`}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        const from = nanoAt(event)
        setDrag({ from, to: from })
      }}
      onPointerMove={(event) => {
        if (drag !== undefined) setDrag({ from: drag.from, to: nanoAt(event) })
      }}
      onPointerUp={finish}
      onPointerCancel={() => setDrag(undefined)}
    >
      <canvas ref={canvas} />
      {zoomed && (
        <>
          <span className="shade" style={{ left: 0, width: `${left}%` }} />
          <span className="shade" style={{ left: `${right}%`, right: 0 }} />
          <span className="frame" style={{ left: `${left}%`, width: `${right - left}%` }} />
        </>
      )}
    </div>
  )
}

function dragWindow(drag: { readonly from: number; readonly to: number }): TimeWindow {
  return { startNano: Math.min(drag.from, drag.to), endNano: Math.max(drag.from, drag.to) }
}

/** What a key makes of the shown time; `undefined` for keys that mean nothing here. */
export function windowForKey(key: string, window: TimeWindow, whole: TimeWindow): TimeWindow | undefined {
  const length = window.endNano - window.startNano
  const middle = (window.startNano + window.endNano) / 2
  const moved = (by: number): TimeWindow => ({ startNano: window.startNano + by, endNano: window.endNano + by })
  const resized = (factor: number): TimeWindow => ({
    startNano: middle - (length * factor) / 2,
    endNano: middle + (length * factor) / 2,
  })
  switch (key) {
    case 'ArrowLeft':
      return moved(-length * panShare)
    case 'ArrowRight':
      return moved(length * panShare)
    case '+':
    case '=':
      return resized(zoomFactor)
    case '-':
      return resized(1 / zoomFactor)
    case '0':
    case 'Escape':
      return whole
    default:
      return undefined
  }
}

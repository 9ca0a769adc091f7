import { useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'

const keyStep = 0.02
const percent = 100

export interface ResizerProps {
  readonly label: string
  /** The share of the parent's width that lies before (or, with `fromEnd`, after) the line: 0 to 1. */
  readonly value: number
  readonly limits: { readonly least: number; readonly most: number }
  readonly onChange: (value: number) => void
  readonly fromEnd?: boolean
}

/** A line between two parts of the page that can be moved, with the pointer or the arrow keys. */
export function Resizer({ label, value, limits, onChange, fromEnd = false }: ResizerProps): ReactNode {
  const dragging = useRef(false)
  const change = (next: number): void => onChange(Math.min(limits.most, Math.max(limits.least, next)))
  const onPointerMove = (event: PointerEvent<HTMLElement>): void => {
    const box = event.currentTarget.parentElement?.getBoundingClientRect()
    if (!dragging.current || box === undefined || box.width === 0) return
    const share = (event.clientX - box.left) / box.width
    change(fromEnd ? 1 - share : share)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const direction = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0
    if (direction === 0) return
    event.preventDefault()
    event.stopPropagation()
    change(value + direction * keyStep * (fromEnd ? -1 : 1))
  }
  return (
    <div
      className="resizer"
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuemin={limits.least * percent}
      aria-valuemax={limits.most * percent}
      aria-valuenow={Math.round(value * percent)}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.preventDefault()
        event.currentTarget.setPointerCapture(event.pointerId)
        dragging.current = true
      }}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        dragging.current = false
      }}
      onPointerCancel={() => {
        dragging.current = false
      }}
    />
  )
}

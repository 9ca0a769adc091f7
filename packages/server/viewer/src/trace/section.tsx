import { useState, type ReactNode } from 'react'
import { Icon } from '../ui/icons.js'

export interface SectionProps {
  readonly title: string
  readonly count?: number
  readonly startClosed?: boolean
  readonly children: ReactNode
}

/** What was folded or unfolded stays so for the spans that are looked at next. */
const choices = new Map<string, boolean>()

/** A part of the details that folds away. */
export function Section({ title, count, startClosed = false, children }: SectionProps): ReactNode {
  const [open, setOpen] = useState(() => choices.get(title) ?? !startClosed)
  const toggle = (): void => {
    choices.set(title, !open)
    setOpen(!open)
  }
  return (
    <section className="section">
      <h3>
        <button type="button" aria-expanded={open} onClick={toggle}>
          <Icon name="chevron" className="turning" />
          {title}
          {count !== undefined && <span className="count">{count}</span>}
        </button>
      </h3>
      {open && <div className="section-body">{children}</div>}
    </section>
  )
}

import { useState, type ReactNode } from 'react'
import { Icon } from '../ui/icons.js'

export interface SectionProps {
  readonly title: string
  readonly count?: number
  readonly startClosed?: boolean
  readonly children: ReactNode
}

/** A part of the details that folds away. */
export function Section({ title, count, startClosed = false, children }: SectionProps): ReactNode {
  const [open, setOpen] = useState(!startClosed)
  return (
    <section className="section">
      <h3>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name="chevron" className="turning" />
          {title}
          {count !== undefined && <span className="count">{count}</span>}
        </button>
      </h3>
      {open && <div className="section-body">{children}</div>}
    </section>
  )
}

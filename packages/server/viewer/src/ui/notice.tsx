import type { ReactNode } from 'react'
import { Icon } from './icons.js'

export interface ErrorNoticeProps {
  /** What could not be done: `The trace could not be loaded`. */
  readonly title: string
  readonly detail?: string | undefined
  readonly retry?: (() => void) | undefined
  readonly children?: ReactNode
}

/** Says what failed and why, and offers to try again. */
export function ErrorNotice({ title, detail, retry, children }: ErrorNoticeProps): ReactNode {
  return (
    <div className="notice error" role="alert">
      <Icon name="alert" />
      <div className="notice-text">
        <strong>{title}</strong>
        {detail !== undefined && <span>{detail}</span>}
        {children}
      </div>
      {retry !== undefined && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** Shown while something loads. It appears late, by style, so that quick answers do not flicker. */
export function Loading({ what }: { readonly what: string }): ReactNode {
  return (
    <div className="loading" role="status">
      <span className="loading-bar" aria-hidden="true" />
      Loading {what}…
    </div>
  )
}

import { Fragment, type ReactNode } from 'react'
import { visibleText } from '../format/visible-text.js'

/** A dotted name that breaks across lines at its dots and underscores, not in the middle of a word. */
export function Breakable({ name }: { readonly name: string }): ReactNode {
  return visibleText(name)
    .split(/(?<=[._/-])/)
    .map((piece, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- pieces have no identity but their place
      <Fragment key={index}>
        {index > 0 && <wbr />}
        {piece}
      </Fragment>
    ))
}

import type { Span } from '../api/contract.js'
import { visibleText } from '../format/visible-text.js'

/** What a span is called on the page; one that was sent without a name says so. */
export function spanTitle(span: Pick<Span, 'name'>): string {
  return span.name.trim() === '' ? '(no name)' : visibleText(span.name)
}

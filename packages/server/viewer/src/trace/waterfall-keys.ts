import type { SpanNode } from './span-tree.js'

export interface WaterfallPosition {
  readonly rows: readonly SpanNode[]
  /** The index of the selected row, -1 for none. */
  readonly cursor: number
  /** How many rows one page of the keyboard moves. */
  readonly page: number
  readonly collapsed: ReadonlySet<string>
}

export type WaterfallAction =
  | { readonly type: 'select' | 'toggle' | 'zoom'; readonly node: SpanNode }
  | { readonly type: 'close' }

/**
 * What a key does in the waterfall: the arrows as in every tree (WAI-ARIA tree pattern), `]` and `[` for the next and
 * previous span with artifacts, `e` for the next failed span, `z` to zoom to the span.
 */
export function actionForKey(key: string, position: WaterfallPosition): WaterfallAction | undefined {
  const { rows, cursor, page, collapsed } = position
  const current = rows[cursor]
  const move = (by: number): WaterfallAction | undefined =>
    select(rows[current === undefined ? 0 : Math.min(rows.length - 1, Math.max(0, cursor + by))])
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return move(1)
    case 'ArrowUp':
    case 'k':
      return move(-1)
    case 'PageDown':
      return move(page)
    case 'PageUp':
      return move(-page)
    case 'Home':
      return select(rows[0])
    case 'End':
      return select(rows.at(-1))
    case ']':
      return select(rows.slice(cursor + 1).find(hasArtifacts))
    case '[':
      return select(rows.slice(0, Math.max(0, cursor)).findLast(hasArtifacts))
    case 'e':
      return select(rows.slice(cursor + 1).find(hasFailed) ?? rows.find(hasFailed))
    case 'Escape':
      return { type: 'close' }
    default:
      return current === undefined ? undefined : actionOnRow(key, current, collapsed.has(current.key))
  }
}

function actionOnRow(key: string, node: SpanNode, isCollapsed: boolean): WaterfallAction | undefined {
  const foldable = node.children.length > 0
  switch (key) {
    case 'ArrowRight': {
      if (!foldable) return undefined
      if (isCollapsed) return { type: 'toggle', node }
      const [first] = node.children
      return first === undefined ? undefined : { type: 'select', node: first }
    }
    case 'ArrowLeft':
      if (foldable && !isCollapsed) return { type: 'toggle', node }
      return node.parent === undefined ? undefined : { type: 'select', node: node.parent }
    case 'Enter':
    case ' ':
      return foldable ? { type: 'toggle', node } : undefined
    case 'z':
      return { type: 'zoom', node }
    default:
      return undefined
  }
}

function select(node: SpanNode | undefined): WaterfallAction | undefined {
  return node === undefined ? undefined : { type: 'select', node }
}

const hasArtifacts = (node: SpanNode): boolean => (node.span?.artifacts.length ?? 0) > 0
const hasFailed = (node: SpanNode): boolean => node.span?.status.code === 'ERROR'

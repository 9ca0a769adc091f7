import type { SpanNode } from './span-tree.js'

/** The nodes that are shown: those with no collapsed ancestor, in the order of the tree. */
export function visibleNodes(nodes: readonly SpanNode[], collapsed: ReadonlySet<string>): readonly SpanNode[] {
  if (collapsed.size === 0) return nodes
  const visible: SpanNode[] = []
  let hiddenBelowDepth: number | undefined
  for (const node of nodes) {
    if (hiddenBelowDepth !== undefined && node.depth > hiddenBelowDepth) continue
    hiddenBelowDepth = undefined
    visible.push(node)
    if (node.children.length > 0 && collapsed.has(node.key)) hiddenBelowDepth = node.depth
  }
  return visible
}

/** `collapsed` without the ancestors of `node`, so that it can be seen; the same set where nothing hides it. */
export function reveal(node: SpanNode, collapsed: ReadonlySet<string>): ReadonlySet<string> {
  const opened = new Set(collapsed)
  for (let ancestor = node.parent; ancestor !== undefined; ancestor = ancestor.parent) opened.delete(ancestor.key)
  return opened.size === collapsed.size ? collapsed : opened
}

/** The nodes whose name, id, service or attribute values contain `query`, letter case aside. */
export function findNodes(nodes: readonly SpanNode[], query: string): readonly SpanNode[] {
  const wanted = query.trim().toLowerCase()
  if (wanted === '') return []
  return nodes.filter(({ span }) => span !== undefined && matches(span, wanted))
}

function matches(span: NonNullable<SpanNode['span']>, wanted: string): boolean {
  const holds = (value: unknown): boolean => {
    if (typeof value === 'string') return value.toLowerCase().includes(wanted)
    if (typeof value === 'number' || typeof value === 'boolean') return String(value).includes(wanted)
    return Array.isArray(value) && value.some(holds)
  }
  return (
    holds(span.name) ||
    span.span_id === wanted ||
    holds(span.resource['service.name']) ||
    holds(span.status.message) ||
    Object.entries(span.attributes).some(([key, value]) => key.toLowerCase().includes(wanted) || holds(value)) ||
    span.artifacts.some(({ reference }) => holds(reference.filename) || reference.sha256.startsWith(wanted))
  )
}

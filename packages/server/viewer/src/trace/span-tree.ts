import type { Span } from '../api/contract.js'
import { parseNanoseconds } from '../format/nanoseconds.js'

/** One line of the waterfall: a span, or the place of a parent that was never received. */
export interface SpanNode {
  /** Unique in the tree: the span id, made unique where a trace holds the same id twice. */
  readonly key: string
  readonly spanId: string
  /** `undefined` for the place of a parent whose children arrived without it. */
  readonly span: Span | undefined
  readonly children: readonly SpanNode[]
  /** 0 for a root. */
  readonly depth: number
  readonly parent: SpanNode | undefined
  /** From the start of the trace, in nanoseconds: a difference, so it fits a number (2^53 ns are 104 days). */
  readonly startNano: number
  readonly endNano: number
  /** The span has no end yet; `endNano` is then the end of the trace. */
  readonly unfinished: boolean
  /** How long before its parent it claims to start, in nanoseconds: above zero the two clocks differ. */
  readonly skewNano: number
  /** What is below it, itself not counted. */
  readonly descendantCount: number
  readonly descendantErrorCount: number
  readonly descendantArtifactCount: number
}

export interface SpanTree {
  readonly roots: readonly SpanNode[]
  /** Every node, parents before children, siblings by start. */
  readonly nodes: readonly SpanNode[]
  /** By span id; of spans that share one, the first that was sent. */
  readonly bySpanId: ReadonlyMap<string, SpanNode>
  readonly startNano: bigint
  readonly durationNano: number
  readonly errorCount: number
  /** Parents that were named but never received. */
  readonly missingParentCount: number
}

interface Draft {
  key: string
  spanId: string
  span: Span | undefined
  children: Draft[]
  depth: number
  parent: Draft | undefined
  startNano: number
  endNano: number
  unfinished: boolean
  skewNano: number
  descendantCount: number
  descendantErrorCount: number
  descendantArtifactCount: number
}

/**
 * Orders the spans of a trace as a tree. Never fails, whatever was sent: several roots, parents that never arrived,
 * spans that name themselves or each other as parents, the same id twice, times that run backwards or are not numbers.
 * No recursion, so that a chain of ten thousand spans is no problem.
 */
export function buildSpanTree(spans: readonly Span[]): SpanTree {
  const times = readTimes(spans)
  const drafts = draftNodes(spans, times)
  const { roots, missingParentCount } = attachToParents(drafts)
  const ordered = orderNodes(roots, drafts)
  summarise(ordered)
  return {
    roots,
    nodes: ordered,
    bySpanId: new Map(ordered.toReversed().map((node) => [node.spanId, node])),
    startNano: times.startNano,
    durationNano: times.durationNano,
    errorCount: spans.filter((span) => span.status.code === 'ERROR').length,
    missingParentCount,
  }
}

interface TraceTimes {
  readonly startNano: bigint
  readonly durationNano: number
  readonly spans: ReadonlyArray<{ readonly start: bigint; readonly end: bigint | undefined }>
}

function readTimes(spans: readonly Span[]): TraceTimes {
  let earliest: bigint | undefined
  let latest: bigint | undefined
  const read = spans.map((span) => {
    const start = parseNanoseconds(span.start_time_unix_nano)
    const end = parseNanoseconds(span.end_time_unix_nano)
    const known = start !== undefined && start > 0n ? start : undefined
    if (known !== undefined && (earliest === undefined || known < earliest)) earliest = known
    const last = end !== undefined && end > 0n ? end : undefined
    for (const moment of [known, last]) {
      if (moment !== undefined && (latest === undefined || moment > latest)) latest = moment
    }
    return { start: known, end: last }
  })
  const startNano = earliest ?? 0n
  return {
    startNano,
    durationNano: Math.max(0, Number((latest ?? startNano) - startNano)),
    spans: read.map(({ start, end }) => ({ start: start ?? startNano, end })),
  }
}

function draftNodes(spans: readonly Span[], times: TraceTimes): Draft[] {
  const seen = new Map<string, number>()
  return spans.map((span, index) => {
    const repetition = seen.get(span.span_id) ?? 0
    seen.set(span.span_id, repetition + 1)
    const time = times.spans[index]
    const startNano = time === undefined ? 0 : Number(time.start - times.startNano)
    const endNano = time?.end === undefined ? times.durationNano : Number(time.end - times.startNano)
    return emptyDraft({
      key: repetition === 0 ? span.span_id : `${span.span_id}#${repetition + 1}`,
      spanId: span.span_id,
      span,
      startNano,
      endNano: Math.max(startNano, endNano),
      unfinished: time?.end === undefined,
    })
  })
}

type DraftSeed = Pick<Draft, 'key' | 'spanId' | 'span' | 'startNano' | 'endNano' | 'unfinished'>

function emptyDraft(seed: DraftSeed): Draft {
  return {
    ...seed,
    children: [],
    depth: 0,
    parent: undefined,
    skewNano: 0,
    descendantCount: 0,
    descendantErrorCount: 0,
    descendantArtifactCount: 0,
  }
}

function attachToParents(drafts: readonly Draft[]): { roots: Draft[]; missingParentCount: number } {
  const bySpanId = new Map<string, Draft>()
  for (const draft of drafts) if (!bySpanId.has(draft.spanId)) bySpanId.set(draft.spanId, draft)
  const roots: Draft[] = []
  const missing = new Map<string, Draft>()
  for (const draft of drafts) {
    const parentId = draft.span?.parent_span_id
    if (parentId === undefined || parentId === null || parentId === '' || parentId === draft.spanId) {
      roots.push(draft)
      continue
    }
    const parent = bySpanId.get(parentId) ?? missing.get(parentId) ?? placeholder(parentId, missing, roots)
    draft.parent = parent
    parent.children.push(draft)
  }
  for (const draft of missing.values()) {
    draft.startNano = draft.children.reduce((earliest, child) => Math.min(earliest, child.startNano), Infinity)
    draft.endNano = draft.children.reduce((latest, child) => Math.max(latest, child.endNano), 0)
  }
  return { roots, missingParentCount: missing.size }
}

function placeholder(parentId: string, missing: Map<string, Draft>, roots: Draft[]): Draft {
  const created = emptyDraft({
    key: `missing:${parentId}`,
    spanId: parentId,
    span: undefined,
    startNano: 0,
    endNano: 0,
    unfinished: false,
  })
  missing.set(parentId, created)
  roots.push(created)
  return created
}

const byStart = (left: Draft, right: Draft): number =>
  left.startNano - right.startNano || right.endNano - left.endNano || left.key.localeCompare(right.key)

function orderNodes(roots: Draft[], drafts: readonly Draft[]): Draft[] {
  const ordered: Draft[] = []
  const visited = new Set<Draft>()
  const visit = (root: Draft): void => {
    const waiting = [root]
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (visited.has(node)) continue
      visited.add(node)
      node.depth = node.parent === undefined ? 0 : node.parent.depth + 1
      node.children.sort(byStart)
      ordered.push(node)
      for (let index = node.children.length - 1; index >= 0; index -= 1) {
        const child = node.children[index]
        if (child !== undefined) waiting.push(child)
      }
    }
  }
  roots.sort(byStart)
  for (const root of roots) visit(root)
  // What no root leads to names itself, through others, as its own parent. Cut the circle at its earliest span.
  for (const draft of drafts.filter((candidate) => !visited.has(candidate)).sort(byStart)) {
    if (visited.has(draft)) continue
    const { parent } = draft
    if (parent !== undefined) parent.children.splice(parent.children.indexOf(draft), 1)
    draft.parent = undefined
    roots.push(draft)
    visit(draft)
  }
  return ordered
}

function summarise(ordered: readonly Draft[]): void {
  for (let index = ordered.length - 1; index >= 0; index -= 1) {
    const node = ordered[index]
    const parent = node?.parent
    if (node === undefined || parent === undefined) continue
    parent.descendantCount += node.descendantCount + 1
    parent.descendantErrorCount += node.descendantErrorCount + (node.span?.status.code === 'ERROR' ? 1 : 0)
    parent.descendantArtifactCount += node.descendantArtifactCount + (node.span?.artifacts.length ?? 0)
    if (parent.span !== undefined) node.skewNano = Math.max(0, parent.startNano - node.startNano)
  }
}

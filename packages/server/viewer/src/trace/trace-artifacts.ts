import type { SpanArtifact } from '../api/contract.js'
import { artifactKind, type ArtifactKind } from '../artifact/artifact-kind.js'
import type { SpanNode } from './span-tree.js'

/** An artifact of a trace with the spans that refer to it. */
export interface TraceArtifact {
  readonly id: string
  readonly kind: ArtifactKind
  readonly artifact: SpanArtifact
  /** The spans in the order of the waterfall; at least one. */
  readonly nodes: readonly [SpanNode, ...SpanNode[]]
}

/**
 * The artifacts of a whole trace in the order in which its spans start. The same bytes are listed once, however many
 * spans refer to them: an agent sends its pictures along on every turn.
 */
export function listTraceArtifacts(nodes: readonly SpanNode[]): readonly TraceArtifact[] {
  const found = new Map<string, { kind: ArtifactKind; artifact: SpanArtifact; nodes: [SpanNode, ...SpanNode[]] }>()
  for (const node of nodes.toSorted((left, right) => left.startNano - right.startNano)) {
    for (const [index, artifact] of (node.span?.artifacts ?? []).entries()) {
      const { reference } = artifact
      // What was dropped may have no digest; then each one stands for itself.
      const id = reference.sha256 === '' ? `${node.key} ${index}` : reference.sha256
      const known = found.get(id)
      if (known === undefined) {
        found.set(id, { kind: artifactKind(reference.content_type), artifact, nodes: [node] })
      } else {
        if (!known.nodes.includes(node)) known.nodes.push(node)
        if (known.artifact.state !== 'ready' && artifact.state === 'ready') known.artifact = artifact
      }
    }
  }
  return [...found].map(([id, entry]) => ({ id, ...entry }))
}

/** How many artifacts there are of each kind, pictures first. */
export function countKinds(artifacts: readonly TraceArtifact[]): ReadonlyArray<readonly [ArtifactKind, number]> {
  const counts = new Map<ArtifactKind, number>()
  for (const { kind } of artifacts) counts.set(shownKind(kind), (counts.get(shownKind(kind)) ?? 0) + 1)
  return kindOrder.flatMap((kind) => {
    const count = counts.get(kind)
    return count === undefined ? [] : [[kind, count] as const]
  })
}

/** SVG counts as a picture: the difference matters to how it is drawn, not to who looks for it. */
export function shownKind(kind: ArtifactKind): ArtifactKind {
  return kind === 'svg' ? 'image' : kind
}

const kindOrder: readonly ArtifactKind[] = ['image', 'video', 'audio', 'pdf', 'json', 'form', 'text', 'binary']

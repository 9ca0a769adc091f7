import type { ExpectedArtifact } from '../traffic/exchange.js'
import type { Trace, TraceArtifact } from './artifact-server.js'

/** Which of the expected artifacts a trace has. */
export interface ArtifactMatch {
  readonly pairs: readonly { readonly expected: ExpectedArtifact; readonly actual: TraceArtifact }[]
  readonly missing: readonly ExpectedArtifact[]
  /** Artifacts that nobody sent or received. */
  readonly surplus: readonly TraceArtifact[]
}

/**
 * Finds each expected artifact among those of a trace: by its attribute, for uploaded files by the form field too, and in
 * the messages of models by the digest.
 */
export function matchArtifacts(expected: readonly ExpectedArtifact[], trace: Trace | undefined): ArtifactMatch {
  const surplus = trace?.spans.flatMap((span) => span.artifacts) ?? []
  const pairs: { expected: ExpectedArtifact; actual: TraceArtifact }[] = []
  const missing: ExpectedArtifact[] = []
  for (const each of expected) {
    const index = surplus.findIndex(
      ({ key, reference }) =>
        key === each.key &&
        reference.field === each.field &&
        (each.sha256 === undefined || reference.sha256 === each.sha256),
    )
    const [actual] = index === -1 ? [] : surplus.splice(index, 1)
    if (actual) pairs.push({ expected: each, actual })
    else missing.push(each)
  }
  return { pairs, missing, surplus }
}

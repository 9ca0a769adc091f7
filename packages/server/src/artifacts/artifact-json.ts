import type { ArtifactReference } from '@span-artifacts/core'
import type { ArtifactRecord } from '../storage/catalog/artifacts.js'
import type { ArtifactUse } from '../storage/catalog/traces.js'

/** What became of an artifact that a span refers to. */
export type ArtifactState = 'ready' | 'pending' | 'missing' | 'deleted' | 'dropped'

/**
 * The state of a reference: what the catalog knows counts, as another upload may have brought the same bytes; else the
 * client's own word that it dropped them.
 *
 * @param now milliseconds since the epoch
 */
export function artifactState(reference: ArtifactReference, stored: ArtifactRecord | null, now: number): ArtifactState {
  if (stored?.status === 'ready') return 'ready'
  if (reference.dropped !== undefined) return 'dropped'
  if (stored?.status === 'deleted') return 'deleted'
  return stored !== null && stored.expiresAt > now ? 'pending' : 'missing'
}

/** An artifact in the answers of the read API. */
export interface ArtifactJson {
  sha256: string
  size_bytes: number
  content_type: string
  filename: string | null
  status: 'ready'
  /** RFC 3339, UTC. */
  created_at: string
}

/** Describes a ready artifact. */
export function artifactJson(artifact: ArtifactRecord): ArtifactJson {
  return {
    sha256: artifact.sha256,
    size_bytes: artifact.sizeBytes,
    content_type: artifact.contentType,
    filename: artifact.filename,
    status: 'ready',
    created_at: new Date(artifact.createdAt).toISOString(),
  }
}

/** A place where an artifact is referred to, in the answers of the read API. */
export interface ArtifactUseJson {
  trace_id: string
  span_id: string
  span_name: string
  key: string
  /** As in the reference: how the stored bytes are encoded. */
  content_encoding?: string
  /** As in the reference: whether the stored bytes end in the middle. */
  truncated?: boolean
}

/** Describes a place where an artifact is referred to. */
export function artifactUseJson({ traceId, spanId, spanName, key, reference }: ArtifactUse): ArtifactUseJson {
  const { content_encoding: contentEncoding, truncated } = reference
  return {
    trace_id: traceId,
    span_id: spanId,
    span_name: spanName,
    key,
    ...(contentEncoding !== undefined && { content_encoding: contentEncoding }),
    ...(truncated !== undefined && { truncated }),
  }
}

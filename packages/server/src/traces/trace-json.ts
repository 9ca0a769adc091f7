import type { ArtifactReference } from '@span-artifacts/core'
import { type ArtifactState, artifactState } from '../artifacts/artifact-json.js'
import type { JsonObject } from '../json.js'
import type { LinkedArtifact, StoredSpan, TraceSummary } from '../storage/catalog/traces.js'

/** A trace in the list of the read API. Nanoseconds are decimal text, as they exceed the safe integers. */
export interface TraceSummaryJson {
  trace_id: string
  root_name: string
  service_name: string
  start_time_unix_nano: string
  duration_nano: string
  span_count: number
  error_count: number
  artifact_count: number
  /** A few of the artifacts, pictures first. */
  artifacts: ArtifactPreviewJson[]
}

/** An artifact in the list of traces. */
export interface ArtifactPreviewJson {
  sha256: string
  content_type: string
  size_bytes: number
  filename: string | null
  /** As in the reference: how the stored bytes are encoded. */
  content_encoding?: string
  state: ArtifactState
}

/**
 * Describes a trace for the list.
 *
 * @param now milliseconds since the epoch
 */
export function traceSummaryJson(trace: TraceSummary, now: number): TraceSummaryJson {
  const duration = BigInt(trace.endTimeUnixNano) - BigInt(trace.startTimeUnixNano)
  return {
    trace_id: trace.traceId,
    root_name: trace.rootName,
    service_name: trace.serviceName,
    start_time_unix_nano: trace.startTimeUnixNano,
    // A span that has not ended carries no end.
    duration_nano: (duration > 0n ? duration : 0n).toString(),
    span_count: trace.spanCount,
    error_count: trace.errorCount,
    artifact_count: trace.artifactCount,
    artifacts: trace.previews.map(({ reference, stored }) => ({
      sha256: reference.sha256,
      content_type: reference.content_type,
      size_bytes: reference.size_bytes,
      filename: reference.filename ?? null,
      ...(reference.content_encoding !== undefined && { content_encoding: reference.content_encoding }),
      state: artifactState(reference, stored, now),
    })),
  }
}

/** A span of the read API. */
export interface SpanJson {
  span_id: string
  parent_span_id: string | null
  name: string
  kind: StoredSpan['kind']
  start_time_unix_nano: string
  end_time_unix_nano: string
  status: StoredSpan['status']
  attributes: JsonObject
  events: { name: string; time_unix_nano: string; attributes: JsonObject }[]
  links: { trace_id: string; span_id: string; attributes: JsonObject }[]
  scope: { name: string; version: string }
  resource: JsonObject
  artifacts: SpanArtifactJson[]
}

/** An artifact of a span of the read API. */
export interface SpanArtifactJson {
  key: string
  reference: ArtifactReference
  state: ArtifactState
  stored: { content_type: string; size_bytes: number; created_at: string } | null
}

/**
 * Describes a span.
 *
 * @param now milliseconds since the epoch
 */
export function spanJson(span: StoredSpan, now: number): SpanJson {
  return {
    span_id: span.spanId,
    parent_span_id: span.parentSpanId,
    name: span.name,
    kind: span.kind,
    start_time_unix_nano: span.startTimeUnixNano,
    end_time_unix_nano: span.endTimeUnixNano,
    status: span.status,
    attributes: span.attributes,
    events: span.events.map(({ name, timeUnixNano, attributes }) => ({
      name,
      time_unix_nano: timeUnixNano,
      attributes,
    })),
    links: span.links.map(({ traceId, spanId, attributes }) => ({ trace_id: traceId, span_id: spanId, attributes })),
    scope: span.scope,
    resource: span.resource,
    artifacts: span.artifacts.map((link) => spanArtifactJson(link, now)),
  }
}

function spanArtifactJson(link: LinkedArtifact, now: number): SpanArtifactJson {
  const state = artifactState(link.reference, link.stored, now)
  const { stored } = link
  return {
    key: link.key,
    reference: link.reference,
    state,
    stored:
      state === 'ready' && stored !== null
        ? {
            content_type: stored.contentType,
            size_bytes: stored.sizeBytes,
            created_at: new Date(stored.createdAt).toISOString(),
          }
        : null,
  }
}

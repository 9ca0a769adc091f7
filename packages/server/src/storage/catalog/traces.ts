import type { ArtifactReference } from '@span-artifacts/core'
import type { JsonObject } from '../../json.js'
import type { ArtifactRecord } from './artifacts.js'
import type { Page, PageRequest } from './page.js'

/** A span, decoded from OTLP. Times are decimal nanoseconds since the epoch, as they exceed the safe integers. */
export interface SpanRecord {
  /** 32 lower-case hexadecimal digits. */
  traceId: string
  /** 16 lower-case hexadecimal digits. */
  spanId: string
  parentSpanId: string | null
  name: string
  kind: SpanKindName
  startTimeUnixNano: string
  endTimeUnixNano: string
  status: SpanStatus
  attributes: JsonObject
  events: SpanEvent[]
  links: SpanLink[]
  scope: SpanScope
  resource: JsonObject
  /** The artifacts that the span's attributes refer to. */
  artifacts: SpanArtifactLink[]
}

export type SpanKindName = 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER'

export interface SpanStatus {
  code: 'UNSET' | 'OK' | 'ERROR'
  message?: string
}

export interface SpanEvent {
  name: string
  timeUnixNano: string
  attributes: JsonObject
}

export interface SpanLink {
  traceId: string
  spanId: string
  attributes: JsonObject
}

export interface SpanScope {
  name: string
  version: string
}

/** An artifact that a span refers to, and the attribute in which it does. */
export interface SpanArtifactLink {
  key: string
  reference: ArtifactReference
}

/** A reference, and what the catalog knows about the artifact. */
export interface LinkedArtifact extends SpanArtifactLink {
  stored: ArtifactRecord | null
}

/** A span together with what the catalog knows about each artifact that it refers to. */
export interface StoredSpan extends Omit<SpanRecord, 'artifacts'> {
  artifacts: LinkedArtifact[]
}

/** One line of the list of traces. */
export interface TraceSummary {
  traceId: string
  /** The first 1,000 characters. */
  rootName: string
  /** The first 1,000 characters. */
  serviceName: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  spanCount: number
  errorCount: number
  artifactCount: number
  /** A few of the artifacts, pictures first, for thumbnails. */
  previews: LinkedArtifact[]
}

/** A place in a trace where an artifact is referred to. */
export interface ArtifactUse extends SpanArtifactLink {
  traceId: string
  spanId: string
  /** The first 1,000 characters. */
  spanName: string
}

/** How much of a trace is read. */
export interface TraceExtent {
  maxSpans: number
  /** The most that the texts of these spans may take together, bytes. The first span comes whatever it takes. */
  maxBytes: number
}

/** The beginning of a trace. */
export interface TraceStart {
  /** By start time; none for an unknown trace. */
  spans: StoredSpan[]
  /** Whether there are more. */
  isTruncated: boolean
}

export interface TraceCatalog {
  /** Stores spans; one that is there already is replaced, so that a batch may come twice and in any order. */
  addSpans(projectId: string, spans: readonly SpanRecord[]): Promise<void>
  /** Newest first. */
  list(projectId: string, page: PageRequest): Promise<Page<TraceSummary>>
  /** The first spans of a trace, as far as `extent` goes. */
  spans(projectId: string, traceId: string, extent: TraceExtent): Promise<TraceStart>
  /** Where an artifact is referred to, newest first. */
  uses(projectId: string, sha256: string, limit: number): Promise<ArtifactUse[]>
}

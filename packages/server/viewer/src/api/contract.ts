/** The JSON that the server's read API answers with. Times are decimal strings of nanoseconds: beyond 2^53. */

export interface TraceSummary {
  readonly trace_id: string
  readonly root_name: string | null
  readonly service_name: string | null
  readonly start_time_unix_nano: string
  readonly duration_nano: string
  readonly span_count: number
  readonly error_count: number
  readonly artifact_count: number
  /** The first few artifacts of the trace, for thumbnails in the list. Absent on servers that do not send it. */
  readonly artifacts?: readonly ArtifactPreview[]
}

interface ArtifactPreview {
  readonly sha256: string
  readonly content_type: string
  readonly size_bytes: number
  readonly filename?: string | null
  readonly content_encoding?: string | null
  readonly state: ArtifactState
}

export interface TracePage {
  readonly traces: readonly TraceSummary[]
  readonly next_cursor: string | null
}

export interface Trace {
  readonly trace_id: string
  readonly spans: readonly Span[]
  /** Whether the trace has more spans than these, its first. */
  readonly truncated?: boolean | null
}

type SpanKind = 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER'
type StatusCode = 'UNSET' | 'OK' | 'ERROR'
export type Attributes = Readonly<Record<string, unknown>>

export interface Span {
  readonly span_id: string
  readonly parent_span_id: string | null
  readonly name: string
  readonly kind: SpanKind
  readonly start_time_unix_nano: string
  readonly end_time_unix_nano: string
  readonly status: { readonly code: StatusCode; readonly message?: string | null }
  readonly attributes: Attributes
  readonly events: readonly SpanEvent[]
  readonly links: readonly SpanLink[]
  readonly scope: { readonly name?: string | null; readonly version?: string | null }
  readonly resource: Attributes
  readonly artifacts: readonly SpanArtifact[]
}

interface SpanEvent {
  readonly name: string
  readonly time_unix_nano: string
  readonly attributes: Attributes
}

interface SpanLink {
  readonly trace_id: string
  readonly span_id: string
  readonly attributes?: Attributes
}

export type ArtifactState = 'ready' | 'pending' | 'missing' | 'deleted' | 'dropped'

export interface ArtifactReference {
  readonly sha256: string
  readonly size_bytes: number
  readonly content_type: string
  readonly filename?: string | null
  readonly url?: string | null
  readonly content_encoding?: string | null
  readonly field?: string | null
  readonly truncated?: boolean | null
  readonly dropped?: string | null
}

interface StoredArtifact {
  readonly content_type: string
  readonly size_bytes: number
  readonly created_at: string
}

export interface SpanArtifact {
  readonly key: string
  readonly reference: ArtifactReference
  readonly state: ArtifactState
  readonly stored: StoredArtifact | null
}

/** `GET /v1/artifacts/{sha256}` */
export interface ArtifactMetadata {
  readonly sha256: string
  readonly size_bytes: number
  readonly content_type: string
  readonly filename?: string | null
  readonly status?: string
  readonly created_at?: string | null
  readonly references?: readonly ArtifactUse[]
}

interface ArtifactUse {
  readonly trace_id: string
  readonly span_id: string
  readonly key: string
  readonly span_name?: string | null
  readonly content_encoding?: string | null
  readonly truncated?: boolean | null
}

export interface ViewerSession {
  readonly authenticated: boolean
  /** True where the server has no tokens configured and therefore listens on loopback only. */
  readonly open: boolean
}

import { type RawBuilder, sql } from 'kysely'
import type { TokenScope } from '../catalog/access.js'
import type { ArtifactStatus } from '../catalog/artifacts.js'
import type { SpanKindName, SpanStatus } from '../catalog/traces.js'

/**
 * The tables, as SQLite and PostgreSQL both can have them: instants are whole milliseconds; times of spans are decimal
 * nanoseconds padded to {@link nanosecondDigits}, which sort as text and hold all of OTLP's `fixed64`; JSON is text.
 */
export interface Schema {
  projects: {
    id: string
    name: string
    created_at: number
    /** What the ready artifacts of the project take together, so that a quota is checked without adding them up. */
    ready_bytes: number
  }
  tokens: {
    id: string
    project_id: string
    scope: TokenScope
    digest: string
    created_at: number
    revoked_at: number | null
  }
  sessions: { digest: string; token_id: string; project_id: string; expires_at: number }
  artifacts: {
    project_id: string
    sha256: string
    size_bytes: number
    content_type: string
    filename: string | null
    status: ArtifactStatus
    created_at: number
    expires_at: number
    /** `null` where there is nothing to collect. */
    collect_at: number | null
  }
  traces: {
    project_id: string
    trace_id: string
    root_name: string
    service_name: string
    start_time: string
    end_time: string
    span_count: number
    error_count: number
    artifact_count: number
  }
  spans: {
    project_id: string
    trace_id: string
    span_id: string
    parent_span_id: string | null
    name: string
    kind: SpanKindName
    service_name: string
    start_time: string
    end_time: string
    status_code: SpanStatus['code']
    status_message: string | null
    scope_name: string
    scope_version: string
    attributes: string
    events: string
    links: string
    resource: string
  }
  span_artifacts: {
    project_id: string
    trace_id: string
    span_id: string
    position: number
    key: string
    sha256: string
    reference: string
    /** Of the span, so that the newest uses of an artifact are found without a look at all others. */
    start_time: string
  }
}

/** Of a name in a list so much is shown: a page of names of megabytes each would fill the server's memory. */
const listedNameLength = 1000

/** The start of a name, as lists show it. */
export function listedName(column: string): RawBuilder<string> {
  return sql<string>`substr(${sql.ref(column)}, 1, ${sql.lit(listedNameLength)})`
}

/** Digits of the largest unsigned 64-bit number. */
const nanosecondDigits = 20

/** A decimal number of nanoseconds as it is stored. */
export function padNanoseconds(nanoseconds: string): string {
  return nanoseconds.padStart(nanosecondDigits, '0')
}

/** The decimal number of nanoseconds of a stored time. */
export function unpadNanoseconds(stored: string): string {
  return stored.replace(/^0+(?=\d)/, '')
}

import type { Insertable, Selectable } from 'kysely'
import { parseOwnJson } from '../../json.js'
import type { LinkedArtifact, SpanRecord, StoredSpan } from '../catalog/traces.js'
import { padNanoseconds, type Schema, unpadNanoseconds } from './schema.js'

/** The row of a span. */
export function toSpanRow(projectId: string, span: SpanRecord): Insertable<Schema['spans']> {
  const serviceName = span.resource['service.name']
  return {
    project_id: projectId,
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: span.parentSpanId,
    name: span.name,
    kind: span.kind,
    service_name: typeof serviceName === 'string' ? serviceName : '',
    start_time: padNanoseconds(span.startTimeUnixNano),
    end_time: padNanoseconds(span.endTimeUnixNano),
    status_code: span.status.code,
    status_message: span.status.message ?? null,
    scope_name: span.scope.name,
    scope_version: span.scope.version,
    attributes: JSON.stringify(span.attributes),
    events: JSON.stringify(span.events),
    links: JSON.stringify(span.links),
    resource: JSON.stringify(span.resource),
  }
}

/** The span of a row, with its artifacts. */
export function toStoredSpan(row: Selectable<Schema['spans']>, artifacts: LinkedArtifact[]): StoredSpan {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: row.parent_span_id,
    name: row.name,
    kind: row.kind,
    startTimeUnixNano: unpadNanoseconds(row.start_time),
    endTimeUnixNano: unpadNanoseconds(row.end_time),
    status: { code: row.status_code, ...(row.status_message !== null && { message: row.status_message }) },
    attributes: parseOwnJson(row.attributes),
    events: parseOwnJson(row.events),
    links: parseOwnJson(row.links),
    scope: { name: row.scope_name, version: row.scope_version },
    resource: parseOwnJson(row.resource),
    artifacts,
  }
}

import { parseArtifactReference } from '@span-artifacts/core'
import { type Kysely, sql } from 'kysely'
import type { TraceCatalog, TraceExtent } from '../catalog/traces.js'
import { decodeCursor, encodeCursor } from './cursor.js'
import { listedName, type Schema, unpadNanoseconds } from './schema.js'
import { toStoredSpan } from './span-rows.js'
import { addSpans } from './span-writer.js'
import { linksBySpan, previewsByTrace } from './trace-artifacts.js'

/** What the texts of a span take that can be long. */
const storedBytes = sql<number>`octet_length(name) + octet_length(scope_name) + octet_length(scope_version)
  + coalesce(octet_length(status_message), 0) + octet_length(attributes) + octet_length(events)
  + octet_length(links) + octet_length(resource)`

/** Spans and their summaries, in SQL. */
export function sqlTraceCatalog(db: Kysely<Schema>): TraceCatalog {
  return {
    addSpans: (projectId, spans) => addSpans(db, projectId, spans),

    async list(projectId, page) {
      let query = db
        .selectFrom('traces')
        .selectAll()
        .where('project_id', '=', projectId)
        .orderBy('start_time', 'desc')
        .orderBy('trace_id', 'desc')
        .limit(page.limit + 1)
      if (page.cursor !== undefined) {
        const [startTime, traceId] = decodeCursor(page.cursor)
        query = query.where((where) =>
          where.or([
            where('start_time', '<', startTime),
            where.and([where('start_time', '=', startTime), where('trace_id', '<', traceId)]),
          ]),
        )
      }
      const rows = await query.execute()
      const kept = rows.slice(0, page.limit)
      const last = kept.at(-1)
      const more = rows.length > page.limit && last !== undefined
      const withArtifacts = kept.filter((row) => row.artifact_count > 0).map((row) => row.trace_id)
      const previews = await previewsByTrace(db, projectId, withArtifacts)
      return {
        items: kept.map((row) => ({
          traceId: row.trace_id,
          rootName: row.root_name,
          serviceName: row.service_name,
          startTimeUnixNano: unpadNanoseconds(row.start_time),
          endTimeUnixNano: unpadNanoseconds(row.end_time),
          spanCount: row.span_count,
          errorCount: row.error_count,
          artifactCount: row.artifact_count,
          previews: previews.get(row.trace_id) ?? [],
        })),
        nextCursor: more ? encodeCursor([last.start_time, last.trace_id]) : null,
      }
    },

    async spans(projectId, traceId, extent) {
      const spansOfTrace = db
        .selectFrom('spans')
        .where('project_id', '=', projectId)
        .where('trace_id', '=', traceId)
        .orderBy('start_time')
        .orderBy('span_id')
      const sizes = await spansOfTrace
        .select(storedBytes.as('bytes'))
        .limit(extent.maxSpans + 1)
        .execute()
      const count = countWithin(sizes, extent)
      const rows = await spansOfTrace.selectAll().limit(count).execute()
      const spanIds = rows.map((row) => row.span_id)
      const links = await linksBySpan(db, { projectId, traceId, spanIds })
      return {
        spans: rows.map((row) => toStoredSpan(row, links.get(row.span_id) ?? [])),
        isTruncated: sizes.length > count,
      }
    },

    async uses(projectId, sha256, limit) {
      const rows = await db
        .selectFrom('span_artifacts as link')
        .innerJoin('spans as span', (join) =>
          join
            .onRef('span.project_id', '=', 'link.project_id')
            .onRef('span.trace_id', '=', 'link.trace_id')
            .onRef('span.span_id', '=', 'link.span_id'),
        )
        .select(['link.trace_id as traceId', 'link.span_id as spanId', 'link.key as key'])
        .select(listedName('span.name').as('spanName'))
        .select('link.reference as reference')
        .where('link.project_id', '=', projectId)
        .where('link.sha256', '=', sha256)
        .orderBy('link.start_time', 'desc')
        .limit(limit)
        .execute()
      return rows.flatMap(({ reference: text, ...place }) => {
        const reference = parseArtifactReference(text)
        return reference === undefined ? [] : { ...place, reference }
      })
    },
  }
}

/** How many of the first spans fit; one at least, where there is one. */
function countWithin(spans: readonly { bytes: number }[], { maxSpans, maxBytes }: TraceExtent): number {
  let bytes = 0
  const firstBeyond = spans.findIndex((span, index) => {
    bytes += span.bytes
    return index === maxSpans || (index > 0 && bytes > maxBytes)
  })
  return firstBeyond === -1 ? spans.length : firstBeyond
}

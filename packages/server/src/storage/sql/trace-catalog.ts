import { parseArtifactReference } from '@span-artifacts/core'
import type { Kysely } from 'kysely'
import type { TraceCatalog } from '../catalog/traces.js'
import { decodeCursor, encodeCursor } from './cursor.js'
import { type Schema, unpadNanoseconds } from './schema.js'
import { toStoredSpan } from './span-rows.js'
import { addSpans } from './span-writer.js'
import { linksBySpan, previewsByTrace } from './trace-artifacts.js'

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

    async spans(projectId, traceId, limit) {
      const rows = await db
        .selectFrom('spans')
        .selectAll()
        .where('project_id', '=', projectId)
        .where('trace_id', '=', traceId)
        .orderBy('start_time')
        .orderBy('span_id')
        .limit(limit)
        .execute()
      const links = await linksBySpan(db, projectId, traceId)
      return rows.map((row) => toStoredSpan(row, links.get(row.span_id) ?? []))
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
        .select(['link.trace_id as traceId', 'link.span_id as spanId', 'span.name as spanName', 'link.key as key'])
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

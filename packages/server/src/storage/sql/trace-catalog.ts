import { parseArtifactReference, serializeArtifactReference } from '@span-artifacts/core'
import type { Insertable, Kysely, Selectable, Transaction } from 'kysely'
import type { JsonObject } from '../../json.js'
import type {
  ArtifactRecord,
  SpanEvent,
  SpanKindName,
  SpanLink,
  SpanRecord,
  SpanStatus,
  StoredSpan,
  TraceCatalog,
} from '../catalog.js'
import { toRecord } from './artifact-catalog.js'
import { decodeCursor, encodeCursor } from './cursor.js'
import { padNanoseconds, type Schema, unpadNanoseconds } from './schema.js'

/** Rows per statement: far below the number of parameters that SQLite (32,766) and PostgreSQL (65,535) accept. */
const rowsPerStatement = 200

/** Spans and their summaries, in SQL. */
export function sqlTraceCatalog(db: Kysely<Schema>): TraceCatalog {
  return {
    async addSpans(projectId, spans) {
      if (spans.length === 0) return
      // One statement must not touch a row twice; of a span that comes twice in one batch, the last one counts.
      const unique = [...new Map(spans.map((span) => [`${span.traceId}/${span.spanId}`, span])).values()]
      await db.transaction().execute(async (transaction) => {
        for (const part of chunks(unique)) await upsertSpans(transaction, projectId, part)
        await replaceLinks(transaction, projectId, unique)
        for (const traceId of new Set(unique.map((span) => span.traceId))) {
          await summarize(transaction, projectId, traceId)
        }
      })
    },

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
        })),
        nextCursor: more ? encodeCursor([last.start_time, last.trace_id]) : null,
      }
    },

    async spans(projectId, traceId) {
      const rows = await db
        .selectFrom('spans')
        .selectAll()
        .where('project_id', '=', projectId)
        .where('trace_id', '=', traceId)
        .orderBy('start_time')
        .orderBy('span_id')
        .execute()
      const links = await db
        .selectFrom('span_artifacts')
        .select(['span_id', 'key', 'sha256', 'reference'])
        .where('project_id', '=', projectId)
        .where('trace_id', '=', traceId)
        .orderBy('span_id')
        .orderBy('position')
        .execute()
      const records = await db
        .selectFrom('artifacts')
        .selectAll()
        .where('project_id', '=', projectId)
        .where('sha256', 'in', (select) =>
          select
            .selectFrom('span_artifacts')
            .select('sha256')
            .where('project_id', '=', projectId)
            .where('trace_id', '=', traceId),
        )
        .execute()
      const stored = new Map(records.map((row) => [row.sha256, toRecord(row)]))
      const linksBySpan = Map.groupBy(links, (link) => link.span_id)
      return rows.map((row) => toStoredSpan(row, linksBySpan.get(row.span_id) ?? [], stored))
    },

    async uses(projectId, sha256, limit) {
      return db
        .selectFrom('span_artifacts as link')
        .innerJoin('spans as span', (join) =>
          join
            .onRef('span.project_id', '=', 'link.project_id')
            .onRef('span.trace_id', '=', 'link.trace_id')
            .onRef('span.span_id', '=', 'link.span_id'),
        )
        .select(['link.trace_id as traceId', 'link.span_id as spanId', 'span.name as spanName', 'link.key as key'])
        .where('link.project_id', '=', projectId)
        .where('link.sha256', '=', sha256)
        .orderBy('span.start_time', 'desc')
        .limit(limit)
        .execute()
    },
  }
}

async function upsertSpans(
  transaction: Transaction<Schema>,
  projectId: string,
  spans: readonly SpanRecord[],
): Promise<void> {
  await transaction
    .insertInto('spans')
    .values(spans.map((span) => toRow(projectId, span)))
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'trace_id', 'span_id']).doUpdateSet((row) => ({
        parent_span_id: row.ref('excluded.parent_span_id'),
        name: row.ref('excluded.name'),
        kind: row.ref('excluded.kind'),
        service_name: row.ref('excluded.service_name'),
        start_time: row.ref('excluded.start_time'),
        end_time: row.ref('excluded.end_time'),
        status_code: row.ref('excluded.status_code'),
        status_message: row.ref('excluded.status_message'),
        scope_name: row.ref('excluded.scope_name'),
        scope_version: row.ref('excluded.scope_version'),
        attributes: row.ref('excluded.attributes'),
        events: row.ref('excluded.events'),
        links: row.ref('excluded.links'),
        resource: row.ref('excluded.resource'),
      })),
    )
    .execute()
}

async function replaceLinks(
  transaction: Transaction<Schema>,
  projectId: string,
  spans: readonly SpanRecord[],
): Promise<void> {
  for (const [traceId, inTrace] of Map.groupBy(spans, (span) => span.traceId)) {
    for (const part of chunks(inTrace)) {
      await transaction
        .deleteFrom('span_artifacts')
        .where('project_id', '=', projectId)
        .where('trace_id', '=', traceId)
        .where(
          'span_id',
          'in',
          part.map((span) => span.spanId),
        )
        .execute()
    }
  }
  const links = spans.flatMap((span) =>
    span.artifacts.map((link, position) => ({
      project_id: projectId,
      trace_id: span.traceId,
      span_id: span.spanId,
      position,
      key: link.key,
      sha256: link.reference.sha256,
      reference: serializeArtifactReference(link.reference),
    })),
  )
  for (const part of chunks(links)) await transaction.insertInto('span_artifacts').values(part).execute()
}

async function summarize(transaction: Transaction<Schema>, projectId: string, traceId: string): Promise<void> {
  const totals = await transaction
    .selectFrom('spans')
    .select((select) => [
      select.fn.countAll<number>().as('span_count'),
      select.fn.min('start_time').as('start_time'),
      select.fn.max('end_time').as('end_time'),
      select.fn.countAll<number>().filterWhere('status_code', '=', 'ERROR').as('error_count'),
    ])
    .where('project_id', '=', projectId)
    .where('trace_id', '=', traceId)
    .executeTakeFirstOrThrow()
  // The root, or the first span for as long as the root has not come.
  const root = await transaction
    .selectFrom('spans')
    .select(['name', 'service_name'])
    .where('project_id', '=', projectId)
    .where('trace_id', '=', traceId)
    .orderBy((order) => order.case().when('parent_span_id', 'is', null).then(0).else(1).end())
    .orderBy('start_time')
    .orderBy('span_id')
    .limit(1)
    .executeTakeFirstOrThrow()
  const artifacts = await transaction
    .selectFrom('span_artifacts')
    .select((select) => select.fn.count<number>('sha256').distinct().as('count'))
    .where('project_id', '=', projectId)
    .where('trace_id', '=', traceId)
    .executeTakeFirstOrThrow()
  const summary = {
    root_name: root.name,
    service_name: root.service_name,
    start_time: totals.start_time,
    end_time: totals.end_time,
    span_count: totals.span_count,
    error_count: totals.error_count,
    artifact_count: artifacts.count,
  }
  await transaction
    .insertInto('traces')
    .values({ project_id: projectId, trace_id: traceId, ...summary })
    .onConflict((conflict) => conflict.columns(['project_id', 'trace_id']).doUpdateSet(summary))
    .execute()
}

function toRow(projectId: string, span: SpanRecord): Insertable<Schema['spans']> {
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

function toStoredSpan(
  row: Selectable<Schema['spans']>,
  links: readonly { key: string; sha256: string; reference: string }[],
  stored: ReadonlyMap<string, ArtifactRecord>,
): StoredSpan {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: row.parent_span_id,
    name: row.name,
    kind: row.kind as SpanKindName,
    startTimeUnixNano: unpadNanoseconds(row.start_time),
    endTimeUnixNano: unpadNanoseconds(row.end_time),
    status: {
      code: row.status_code as SpanStatus['code'],
      ...(row.status_message !== null && { message: row.status_message }),
    },
    attributes: JSON.parse(row.attributes) as JsonObject,
    events: JSON.parse(row.events) as SpanEvent[],
    links: JSON.parse(row.links) as SpanLink[],
    scope: { name: row.scope_name, version: row.scope_version },
    resource: JSON.parse(row.resource) as JsonObject,
    artifacts: links.flatMap((link) => {
      const reference = parseArtifactReference(link.reference)
      if (reference === undefined) return []
      return [{ key: link.key, reference, stored: stored.get(link.sha256) ?? null }]
    }),
  }
}

function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += rowsPerStatement) {
    yield items.slice(start, start + rowsPerStatement)
  }
}

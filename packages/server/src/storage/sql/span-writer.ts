import { serializeArtifactReference } from '@span-artifacts/core'
import type { ExpressionBuilder, ExpressionWrapper, Kysely, Transaction } from 'kysely'
import type { SpanRecord } from '../catalog/traces.js'
import { chunks } from './chunks.js'
import { listedName, padNanoseconds, type Schema } from './schema.js'
import { toSpanRow } from './span-rows.js'

/** Stores spans, their links to artifacts, and the summaries of their traces, in one transaction. */
export async function addSpans(db: Kysely<Schema>, projectId: string, spans: readonly SpanRecord[]): Promise<void> {
  if (spans.length === 0) return
  // One statement must not touch a row twice; of a span that comes twice in one batch, the last one counts.
  const unique = [...new Map(spans.map((span) => [`${span.traceId}/${span.spanId}`, span])).values()]
  await db.transaction().execute(async (transaction) => {
    for (const part of chunks(unique)) await upsertSpans(transaction, projectId, part)
    await replaceLinks(transaction, projectId, unique)
    const traceIds = [...new Set(unique.map((span) => span.traceId))]
    for (const part of chunks(traceIds)) await summarize(transaction, projectId, part)
  })
}

async function upsertSpans(
  transaction: Transaction<Schema>,
  projectId: string,
  spans: readonly SpanRecord[],
): Promise<void> {
  await transaction
    .insertInto('spans')
    .values(spans.map((span) => toSpanRow(projectId, span)))
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
  for (const [traceId, spansOfTrace] of Map.groupBy(spans, (span) => span.traceId)) {
    for (const spanIds of chunks(spansOfTrace.map((span) => span.spanId))) {
      await transaction
        .deleteFrom('span_artifacts')
        .where('project_id', '=', projectId)
        .where('trace_id', '=', traceId)
        .where('span_id', 'in', spanIds)
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
      start_time: padNanoseconds(span.startTimeUnixNano),
    })),
  )
  for (const part of chunks(links)) await transaction.insertInto('span_artifacts').values(part).execute()
}

/** Counts the spans of traces anew and writes what the list of traces shows. */
async function summarize(
  transaction: Transaction<Schema>,
  projectId: string,
  traceIds: readonly string[],
): Promise<void> {
  await transaction
    .insertInto('traces')
    .columns([
      'project_id',
      'trace_id',
      'start_time',
      'end_time',
      'span_count',
      'error_count',
      'artifact_count',
      'root_name',
      'service_name',
    ])
    .expression((builder) =>
      builder
        .selectFrom('spans')
        .select((select) => [
          'project_id',
          'trace_id',
          select.fn.min('start_time').as('start_time'),
          select.fn.max('end_time').as('end_time'),
          select.fn.countAll<number>().as('span_count'),
          select.fn.countAll<number>().filterWhere('status_code', '=', 'ERROR').as('error_count'),
          select
            .selectFrom('span_artifacts as link')
            .select((count) => count.fn.count<number>('link.sha256').distinct().as('count'))
            .whereRef('link.project_id', '=', 'spans.project_id')
            .whereRef('link.trace_id', '=', 'spans.trace_id')
            .as('artifact_count'),
          rootColumn(select, 'name').as('root_name'),
          rootColumn(select, 'service_name').as('service_name'),
        ])
        .where('project_id', '=', projectId)
        .where('trace_id', 'in', traceIds)
        .groupBy(['project_id', 'trace_id']),
    )
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'trace_id']).doUpdateSet((row) => ({
        start_time: row.ref('excluded.start_time'),
        end_time: row.ref('excluded.end_time'),
        span_count: row.ref('excluded.span_count'),
        error_count: row.ref('excluded.error_count'),
        artifact_count: row.ref('excluded.artifact_count'),
        root_name: row.ref('excluded.root_name'),
        service_name: row.ref('excluded.service_name'),
      })),
    )
    .execute()
}

/** A column of the root, or of the first span for as long as the root has not come. */
function rootColumn(
  select: ExpressionBuilder<Schema, 'spans'>,
  column: 'name' | 'service_name',
): ExpressionWrapper<Schema, 'spans', string> {
  const first = select
    .selectFrom('spans as root')
    .select(listedName(`root.${column}`).as(column))
    .whereRef('root.project_id', '=', 'spans.project_id')
    .whereRef('root.trace_id', '=', 'spans.trace_id')
    .orderBy('root.start_time')
    .orderBy('root.span_id')
    .limit(1)
  return select.fn.coalesce(first.where('root.parent_span_id', 'is', null), first).$notNull()
}

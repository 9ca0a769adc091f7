import { serializeArtifactReference } from '@span-artifacts/core'
import type { Kysely, Transaction } from 'kysely'
import type { SpanRecord } from '../catalog/traces.js'
import { chunks } from './chunks.js'
import type { Schema } from './schema.js'
import { toSpanRow } from './span-rows.js'

/** Stores spans, their links to artifacts, and the summaries of their traces, in one transaction. */
export async function addSpans(db: Kysely<Schema>, projectId: string, spans: readonly SpanRecord[]): Promise<void> {
  if (spans.length === 0) return
  // One statement must not touch a row twice; of a span that comes twice in one batch, the last one counts.
  const unique = [...new Map(spans.map((span) => [`${span.traceId}/${span.spanId}`, span])).values()]
  await db.transaction().execute(async (transaction) => {
    for (const part of chunks(unique)) await upsertSpans(transaction, projectId, part)
    await replaceLinks(transaction, projectId, unique)
    for (const traceId of new Set(unique.map((span) => span.traceId))) await summarize(transaction, projectId, traceId)
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

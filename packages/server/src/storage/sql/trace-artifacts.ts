import { parseArtifactReference } from '@span-artifacts/core'
import type { Kysely } from 'kysely'
import type { ArtifactRecord } from '../catalog/artifacts.js'
import type { LinkedArtifact } from '../catalog/traces.js'
import { toRecord } from './artifact-catalog.js'
import { chunks } from './chunks.js'
import type { Schema } from './schema.js'

const previewsPerTrace = 4
/** Among how many artifacts of a trace pictures are looked for. */
const previewCandidates = 16

/** Some spans of one trace. */
export interface SpansOfTrace {
  projectId: string
  traceId: string
  spanIds: readonly string[]
}

/** The artifacts that spans of a trace refer to, by span. */
export async function linksBySpan(db: Kysely<Schema>, spans: SpansOfTrace): Promise<Map<string, LinkedArtifact[]>> {
  const rows: LinkRow[] = []
  for (const spanIds of chunks(spans.spanIds)) {
    const links = await db
      .selectFrom('span_artifacts')
      .select(['span_id as owner', 'key', 'sha256', 'reference'])
      .where('project_id', '=', spans.projectId)
      .where('trace_id', '=', spans.traceId)
      .where('span_id', 'in', spanIds)
      .orderBy('span_id')
      .orderBy('position')
      .execute()
    for (const link of links) rows.push(link)
  }
  return resolveLinks(db, spans.projectId, rows)
}

/** A few artifacts of each trace, pictures first. */
export async function previewsByTrace(
  db: Kysely<Schema>,
  projectId: string,
  traceIds: readonly string[],
): Promise<Map<string, LinkedArtifact[]>> {
  if (traceIds.length === 0) return new Map()
  const rows = await db
    .with('distinct_links', (query) =>
      query
        .selectFrom('span_artifacts')
        .select(['trace_id', 'sha256'])
        .select((select) => [
          select.fn.min<string>('key').as('key'),
          select.fn.min<string>('reference').as('reference'),
          select.fn
            .agg<number>('row_number')
            .over((over) => over.partitionBy('trace_id').orderBy('sha256'))
            .as('number'),
        ])
        .where('project_id', '=', projectId)
        .where('trace_id', 'in', traceIds)
        .groupBy(['trace_id', 'sha256']),
    )
    .selectFrom('distinct_links')
    .select(['trace_id as owner', 'key', 'sha256', 'reference'])
    .where('number', '<=', previewCandidates)
    .execute()
  const links = await resolveLinks(db, projectId, rows)
  return new Map([...links].map(([traceId, candidates]) => [traceId, selectPreviews(candidates)]))
}

function selectPreviews(links: readonly LinkedArtifact[]): LinkedArtifact[] {
  return links.toSorted((left, right) => rank(left) - rank(right)).slice(0, previewsPerTrace)
}

function rank(link: LinkedArtifact): number {
  return link.reference.content_type.startsWith('image/') ? 0 : 1
}

interface LinkRow {
  /** The span or trace that the link belongs to. */
  owner: string
  key: string
  sha256: string
  reference: string
}

async function resolveLinks(
  db: Kysely<Schema>,
  projectId: string,
  rows: readonly LinkRow[],
): Promise<Map<string, LinkedArtifact[]>> {
  const stored = new Map<string, ArtifactRecord>()
  for (const digests of chunks([...new Set(rows.map((row) => row.sha256))])) {
    const artifacts = await db
      .selectFrom('artifacts')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('sha256', 'in', digests)
      .execute()
    for (const artifact of artifacts) stored.set(artifact.sha256, toRecord(artifact))
  }
  const links = new Map<string, LinkedArtifact[]>()
  for (const row of rows) {
    const reference = parseArtifactReference(row.reference)
    if (reference === undefined) continue
    const link = { key: row.key, reference, stored: stored.get(row.sha256) ?? null }
    const siblings = links.get(row.owner)
    if (siblings === undefined) links.set(row.owner, [link])
    else siblings.push(link)
  }
  return links
}

import type { Kysely, Selectable, Transaction } from 'kysely'
import type { ArtifactCatalog, ArtifactRecord, RegistrationOutcome, RegistrationRequest } from '../catalog/artifacts.js'
import { InvalidCursorError } from '../catalog/page.js'
import { decodeCursor, encodeCursor } from './cursor.js'
import type { Schema } from './schema.js'

/** The artifacts of all projects, in SQL. */
export function sqlArtifactCatalog(db: Kysely<Schema>): ArtifactCatalog {
  return {
    async register(request) {
      return db.transaction().execute((transaction) => registerLocked(transaction, request))
    },

    async find(projectId, sha256) {
      return findArtifact(db, projectId, sha256)
    },

    async markReady(projectId, sha256) {
      return db.transaction().execute(async (transaction) => {
        await lockProject(transaction, projectId)
        const result = await transaction
          .updateTable('artifacts')
          .set({ status: 'ready', collect_at: null })
          .where('project_id', '=', projectId)
          .where('sha256', '=', sha256)
          .where('status', '=', 'pending')
          .executeTakeFirst()
        const artifact = await findArtifact(transaction, projectId, sha256)
        if (artifact !== undefined && result.numUpdatedRows > 0n) {
          await addReadyBytes(transaction, projectId, artifact.sizeBytes)
        }
        return artifact
      })
    },

    async delete(projectId, sha256, deletion) {
      return db.transaction().execute(async (transaction) => {
        await lockProject(transaction, projectId)
        const artifact = await findArtifact(transaction, projectId, sha256)
        if (artifact === undefined || artifact.status === 'deleted') return false
        await transaction
          .updateTable('artifacts')
          .set({ status: 'deleted', collect_at: deletion.collectAt })
          .where('project_id', '=', projectId)
          .where('sha256', '=', sha256)
          .execute()
        if (artifact.status === 'ready') await addReadyBytes(transaction, projectId, -artifact.sizeBytes)
        await deletion.removeBytes()
        return true
      })
    },

    async collectible(now, limit, skip = 0) {
      const rows = await db
        .selectFrom('artifacts')
        .selectAll()
        .where('collect_at', '<=', now)
        .orderBy('collect_at')
        .orderBy('project_id')
        .orderBy('sha256')
        .limit(limit)
        .offset(skip)
        .execute()
      return rows.map(toRecord)
    },

    async collect(artifact, now, removeBytes) {
      return db.transaction().execute(async (transaction) => {
        await lockProject(transaction, artifact.projectId)
        const collected = await forget(transaction, artifact, now)
        if (collected) await removeBytes()
        return collected
      })
    },

    async list(projectId, page) {
      let query = db
        .selectFrom('artifacts')
        .selectAll()
        .where('project_id', '=', projectId)
        .where('status', '=', 'ready')
        .orderBy('created_at', 'desc')
        .orderBy('sha256', 'desc')
        .limit(page.limit + 1)
      if (page.cursor !== undefined) {
        const [createdAtText, sha256] = decodeCursor(page.cursor)
        const createdAt = Number(createdAtText)
        if (!Number.isSafeInteger(createdAt)) throw new InvalidCursorError()
        query = query.where((where) =>
          where.or([
            where('created_at', '<', createdAt),
            where.and([where('created_at', '=', createdAt), where('sha256', '<', sha256)]),
          ]),
        )
      }
      const rows = await query.execute()
      const items = rows.slice(0, page.limit).map(toRecord)
      const last = items.at(-1)
      const more = rows.length > page.limit && last !== undefined
      return { items, nextCursor: more ? encodeCursor([String(last.createdAt), last.sha256]) : null }
    },
  }
}

async function registerLocked(
  transaction: Transaction<Schema>,
  request: RegistrationRequest,
): Promise<RegistrationOutcome> {
  // Registrations of one project come one after another, so that two of them cannot both take the last of the quota.
  await lockProject(transaction, request.projectId)
  const known = await findArtifact(transaction, request.projectId, request.sha256)
  const counts = known !== undefined && (known.status === 'ready' || isLivePending(known, request.now))
  if (counts && known.sizeBytes !== request.sizeBytes) return 'size_mismatch'
  if (known?.status === 'ready') return 'ready'
  if (!counts && request.quotaBytes !== undefined) {
    const reserved = await reservedBytes(transaction, request.projectId, request.now)
    if (reserved + request.sizeBytes > request.quotaBytes) return 'quota_exceeded'
  }
  const description = {
    size_bytes: request.sizeBytes,
    content_type: request.contentType,
    filename: request.filename,
    status: 'pending' as const,
    expires_at: request.expiresAt,
    collect_at: request.collectAt,
  }
  await transaction
    .insertInto('artifacts')
    .values({ project_id: request.projectId, sha256: request.sha256, created_at: request.now, ...description })
    .onConflict((conflict) => conflict.columns(['project_id', 'sha256']).doUpdateSet(description))
    .execute()
  return 'pending'
}

/** Changes nothing, but holds the project's row until the end of the transaction, in SQLite and PostgreSQL alike. */
async function lockProject(transaction: Transaction<Schema>, projectId: string): Promise<void> {
  await transaction
    .updateTable('projects')
    .set((row) => ({ name: row.ref('name') }))
    .where('id', '=', projectId)
    .execute()
}

async function addReadyBytes(transaction: Transaction<Schema>, projectId: string, bytes: number): Promise<void> {
  await transaction
    .updateTable('projects')
    .set((row) => ({ ready_bytes: row('ready_bytes', '+', bytes) }))
    .where('id', '=', projectId)
    .execute()
}

/** Marks an artifact as collected, or drops its row, unless it was renewed in the meantime. */
async function forget(transaction: Transaction<Schema>, artifact: ArtifactRecord, now: number): Promise<boolean> {
  const dropped = await transaction
    .deleteFrom('artifacts')
    .where('project_id', '=', artifact.projectId)
    .where('sha256', '=', artifact.sha256)
    .where('status', '=', 'pending')
    .where('collect_at', '<=', now)
    .executeTakeFirst()
  if (dropped.numDeletedRows > 0n) return true
  const marked = await transaction
    .updateTable('artifacts')
    .set({ collect_at: null })
    .where('project_id', '=', artifact.projectId)
    .where('sha256', '=', artifact.sha256)
    .where('status', '=', 'deleted')
    .where('collect_at', '<=', now)
    .executeTakeFirst()
  return marked.numUpdatedRows > 0n
}

function isLivePending(record: ArtifactRecord, now: number): boolean {
  return record.status === 'pending' && record.expiresAt > now
}

async function reservedBytes(transaction: Transaction<Schema>, projectId: string, now: number): Promise<number> {
  const project = await transaction
    .selectFrom('projects')
    .select('ready_bytes')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow()
  const pending = await transaction
    .selectFrom('artifacts')
    .select((select) => select.fn.sum<number | string | null>('size_bytes').as('bytes'))
    .where('project_id', '=', projectId)
    .where('status', '=', 'pending')
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow()
  return project.ready_bytes + Number(pending.bytes ?? 0)
}

async function findArtifact(
  db: Kysely<Schema>,
  projectId: string,
  sha256: string,
): Promise<ArtifactRecord | undefined> {
  const row = await db
    .selectFrom('artifacts')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('sha256', '=', sha256)
    .executeTakeFirst()
  return row === undefined ? undefined : toRecord(row)
}

/** The record of a row of the table. */
export function toRecord(row: Selectable<Schema['artifacts']>): ArtifactRecord {
  return {
    projectId: row.project_id,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    contentType: row.content_type,
    filename: row.filename,
    status: row.status,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}

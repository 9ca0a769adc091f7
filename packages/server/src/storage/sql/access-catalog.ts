import { randomBytes } from 'node:crypto'
import type { Kysely, Selectable } from 'kysely'
import type { ProjectCatalog, SessionCatalog, TokenCatalog, TokenRecord } from '../catalog/access.js'
import type { Schema } from './schema.js'

const projectIdBytes = 10

/** Projects, in SQL. */
export function sqlProjectCatalog(db: Kysely<Schema>): ProjectCatalog {
  return {
    async ensure(name, now) {
      const id = randomBytes(projectIdBytes).toString('hex')
      await db
        .insertInto('projects')
        .values({ id, name, created_at: now, ready_bytes: 0 })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
      return db.selectFrom('projects').select(['id', 'name']).where('name', '=', name).executeTakeFirstOrThrow()
    },

    async find(name) {
      return db.selectFrom('projects').select(['id', 'name']).where('name', '=', name).executeTakeFirst()
    },

    async list() {
      return db.selectFrom('projects').select(['id', 'name']).orderBy('name').execute()
    },
  }
}

/** Tokens, in SQL. */
export function sqlTokenCatalog(db: Kysely<Schema>): TokenCatalog {
  return {
    async add(token) {
      await db
        .insertInto('tokens')
        .values({
          id: token.id,
          project_id: token.projectId,
          scope: token.scope,
          digest: token.digest,
          created_at: token.createdAt,
          revoked_at: token.revokedAt,
        })
        .execute()
    },

    async find(id) {
      const row = await db.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : toTokenRecord(row)
    },

    async list() {
      const rows = await db.selectFrom('tokens').selectAll().orderBy('created_at').orderBy('id').execute()
      return rows.map(toTokenRecord)
    },

    async revoke(id, now) {
      const result = await db
        .updateTable('tokens')
        .set({ revoked_at: now })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows > 0n
    },

    async any() {
      return (await db.selectFrom('tokens').select('id').limit(1).executeTakeFirst()) !== undefined
    },
  }
}

/** Viewer sessions, in SQL. */
export function sqlSessionCatalog(db: Kysely<Schema>): SessionCatalog {
  return {
    async add(session) {
      await db
        .insertInto('sessions')
        .values({
          digest: session.digest,
          token_id: session.tokenId,
          project_id: session.projectId,
          expires_at: session.expiresAt,
        })
        .execute()
    },

    async find(digest) {
      const row = await db.selectFrom('sessions').selectAll().where('digest', '=', digest).executeTakeFirst()
      if (row === undefined) return undefined
      return { digest: row.digest, tokenId: row.token_id, projectId: row.project_id, expiresAt: row.expires_at }
    },

    async remove(digest) {
      await db.deleteFrom('sessions').where('digest', '=', digest).execute()
    },

    async removeExpired(now) {
      await db.deleteFrom('sessions').where('expires_at', '<=', now).execute()
    },
  }
}

function toTokenRecord(row: Selectable<Schema['tokens']>): TokenRecord {
  return {
    id: row.id,
    projectId: row.project_id,
    scope: row.scope,
    digest: row.digest,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  }
}

import { type Kysely, sql } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import type { Schema } from './schema.js'

const initialTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('projects')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('tokens')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('project_id', 'text', (column) => column.notNull().references('projects.id'))
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('revoked_at', 'bigint')
      .execute()
    await db.schema
      .createTable('sessions')
      .addColumn('digest', 'text', (column) => column.primaryKey())
      .addColumn('token_id', 'text', (column) => column.notNull())
      .addColumn('project_id', 'text', (column) => column.notNull().references('projects.id'))
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('artifacts')
      .addColumn('project_id', 'text', (column) => column.notNull().references('projects.id'))
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('size_bytes', 'bigint', (column) => column.notNull())
      .addColumn('content_type', 'text', (column) => column.notNull())
      .addColumn('filename', 'text')
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('collect_at', 'bigint')
      .addPrimaryKeyConstraint('artifacts_key', ['project_id', 'sha256'])
      .execute()
    await db.schema
      .createIndex('artifacts_newest')
      .on('artifacts')
      .columns(['project_id', 'status', 'created_at', 'sha256'])
      .execute()
    await db.schema.createIndex('artifacts_collectible').on('artifacts').column('collect_at').execute()
    await db.schema
      .createTable('traces')
      .addColumn('project_id', 'text', (column) => column.notNull().references('projects.id'))
      .addColumn('trace_id', 'text', (column) => column.notNull())
      .addColumn('root_name', 'text', (column) => column.notNull())
      .addColumn('service_name', 'text', (column) => column.notNull())
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('end_time', 'text', (column) => column.notNull())
      .addColumn('span_count', 'bigint', (column) => column.notNull())
      .addColumn('error_count', 'bigint', (column) => column.notNull())
      .addColumn('artifact_count', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('traces_key', ['project_id', 'trace_id'])
      .execute()
    await db.schema
      .createIndex('traces_newest')
      .on('traces')
      .columns(['project_id', 'start_time', 'trace_id'])
      .execute()
    // The long texts come last, so that SQLite reads only the start of a row for a summary.
    await db.schema
      .createTable('spans')
      .addColumn('project_id', 'text', (column) => column.notNull().references('projects.id'))
      .addColumn('trace_id', 'text', (column) => column.notNull())
      .addColumn('span_id', 'text', (column) => column.notNull())
      .addColumn('parent_span_id', 'text')
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('service_name', 'text', (column) => column.notNull())
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('end_time', 'text', (column) => column.notNull())
      .addColumn('status_code', 'text', (column) => column.notNull())
      .addColumn('status_message', 'text')
      .addColumn('scope_name', 'text', (column) => column.notNull())
      .addColumn('scope_version', 'text', (column) => column.notNull())
      .addColumn('attributes', 'text', (column) => column.notNull())
      .addColumn('events', 'text', (column) => column.notNull())
      .addColumn('links', 'text', (column) => column.notNull())
      .addColumn('resource', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('spans_key', ['project_id', 'trace_id', 'span_id'])
      .execute()
    // Holds all that a trace's summary needs, in the order in which its spans are shown.
    await db.schema
      .createIndex('spans_by_time')
      .on('spans')
      .columns(['project_id', 'trace_id', 'start_time', 'span_id', 'end_time', 'status_code', 'parent_span_id'])
      .execute()
    await db.schema
      .createTable('span_artifacts')
      .addColumn('project_id', 'text', (column) => column.notNull().references('projects.id'))
      .addColumn('trace_id', 'text', (column) => column.notNull())
      .addColumn('span_id', 'text', (column) => column.notNull())
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('reference', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('span_artifacts_key', ['project_id', 'trace_id', 'span_id', 'position'])
      .execute()
    await db.schema
      .createIndex('span_artifacts_by_digest')
      .on('span_artifacts')
      .columns(['project_id', 'sha256'])
      .execute()
  },
}

/** Without these, storing a trace counted through the links of all others, and an artifact sorted all its uses anew. */
const linkIndexes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('span_artifacts')
      .addColumn('start_time', 'text', (column) => column.notNull().defaultTo(''))
      .execute()
    // Whoever thinned out the spans by hand has links left without one, and must still be able to open the database.
    await sql`update span_artifacts set start_time = coalesce((
      select start_time from spans
      where spans.project_id = span_artifacts.project_id
        and spans.trace_id = span_artifacts.trace_id
        and spans.span_id = span_artifacts.span_id
    ), '')`.execute(db)
    await db.schema
      .createIndex('span_artifacts_by_trace')
      .on('span_artifacts')
      .columns(['project_id', 'trace_id', 'sha256'])
      .execute()
    await db.schema.dropIndex('span_artifacts_by_digest').execute()
    await db.schema
      .createIndex('span_artifacts_newest_uses')
      .on('span_artifacts')
      .columns(['project_id', 'sha256', 'start_time'])
      .execute()
  },
}

/** With a quota each registration used to add up all artifacts of its project. */
const readyBytes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('projects')
      .addColumn('ready_bytes', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute()
    await sql`update projects set ready_bytes = coalesce((
      select sum(size_bytes) from artifacts where project_id = projects.id and status = 'ready'
    ), 0)`.execute(db)
  },
}

/** In the order in which they are applied. A migration that was released is never changed; a new one follows it. */
const migrations: Record<string, Migration> = {
  '0001_initial_tables': initialTables,
  '0002_link_indexes': linkIndexes,
  '0003_ready_bytes': readyBytes,
}

const provider: MigrationProvider = {
  getMigrations: () => Promise.resolve(migrations),
}

/**
 * Brings the tables of a database up to this version's, in one transaction: two processes that begin at once take turns.
 *
 * @throws Error when a migration fails; the database is then as before
 */
export async function migrateToLatest(db: Kysely<Schema>): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const { error } = await new Migrator({ db: transaction, provider }).migrateToLatest()
    if (error !== undefined) throw error
  })
}

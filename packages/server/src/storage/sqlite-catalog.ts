import Sqlite from 'better-sqlite3'
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from 'kysely'
import type { Catalog } from './catalog/catalog.js'
import { DataDirectoryError } from './data-directory.js'
import { migrateToLatest } from './sql/migrations.js'
import type { Schema } from './sql/schema.js'
import { sqlCatalog } from './sql/sql-catalog.js'

/** How long a statement waits for another process, such as `span-artifacts token create`, milliseconds. */
const busyTimeoutMs = 5_000

/**
 * Opens the catalog in a SQLite file, creates it where there is none, and brings its tables up to date.
 *
 * Every answer that promises something waits for the disk (`synchronous = FULL`): in WAL mode a transaction could
 * otherwise be undone by a power cut.
 *
 * @param path the database file; SQLite keeps two more files beside it
 * @throws DataDirectoryError when it is no database, or was made by a newer version
 */
export async function openSqliteCatalog(path: string): Promise<Catalog> {
  const database = new Sqlite(path, { timeout: busyTimeoutMs })
  try {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    const db = new Kysely<Schema>({ dialect: new SharedSqliteDialect({ database }) })
    await migrateToLatest(db)
    return sqlCatalog(db)
  } catch (cause) {
    database.close()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DataDirectoryError(`database ${path} cannot be used: ${reason}`, { cause })
  }
}

/** SQLite in a file that several processes work on. */
class SharedSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig

  constructor(config: SqliteDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver(): SqliteDriver {
    return new ImmediateSqliteDriver(this.#config)
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter()
  }
}

/**
 * Takes the lock for writing when a transaction begins, as every one here writes. One that has read before it writes does not
 * wait for that lock while another process holds it: it fails at once (https://www.sqlite.org/lang_transaction.html).
 */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

/**
 * SQLite changes tables in transactions, but Kysely does not use them for that: a server that was killed while it brought
 * the tables up to date could never be started again.
 */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

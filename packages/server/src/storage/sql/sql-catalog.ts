import type { Kysely } from 'kysely'
import type { Catalog } from '../catalog/catalog.js'
import { sqlProjectCatalog, sqlSessionCatalog, sqlTokenCatalog } from './access-catalog.js'
import { sqlArtifactCatalog } from './artifact-catalog.js'
import type { Schema } from './schema.js'
import { sqlTraceCatalog } from './trace-catalog.js'

/** The catalog in a SQL database that Kysely speaks to. Its tables must be there: see `migrateToLatest`. */
export function sqlCatalog(db: Kysely<Schema>): Catalog {
  return {
    projects: sqlProjectCatalog(db),
    tokens: sqlTokenCatalog(db),
    sessions: sqlSessionCatalog(db),
    artifacts: sqlArtifactCatalog(db),
    traces: sqlTraceCatalog(db),
    close: () => db.destroy(),
  }
}

import type { Catalog } from '../storage/catalog/catalog.js'
import { type DataDirectory, prepareDataDirectory } from '../storage/data-directory.js'
import { openSqliteCatalog } from '../storage/sqlite-catalog.js'

/** Opens the catalog of a data directory for the time of an action. A running server may have it open as well. */
export async function withCatalog(
  dataDirectory: string,
  action: (catalog: Catalog, data: DataDirectory) => Promise<void>,
): Promise<void> {
  const data = await prepareDataDirectory(dataDirectory)
  const catalog = await openSqliteCatalog(data.catalogPath)
  try {
    await action(catalog, data)
  } finally {
    await catalog.close()
  }
}

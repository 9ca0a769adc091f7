import type { ProjectCatalog, SessionCatalog, TokenCatalog } from './access.js'
import type { ArtifactCatalog } from './artifacts.js'
import type { TraceCatalog } from './traces.js'

/**
 * Everything that the server knows, apart from the bytes of artifacts. Each method is atomic by itself.
 *
 * @remarks A cursor that no listing gave out is rejected with an `InvalidCursorError`.
 */
export interface Catalog {
  readonly projects: ProjectCatalog
  readonly tokens: TokenCatalog
  readonly sessions: SessionCatalog
  readonly artifacts: ArtifactCatalog
  readonly traces: TraceCatalog
  close(): Promise<void>
}

import type { Artifact } from '@span-artifacts/core'

/** Resolves when the client has acknowledged an artifact: from here on its loss would be a broken promise. */
export async function acknowledged(artifact: Artifact): Promise<void> {
  await artifact.persisted
}

import type { ArtifactDestination, StorableArtifact } from '../destination.js'

/** A stored artifact and its content. */
export interface StoredArtifact {
  readonly sha256: string
  readonly sizeBytes: number
  readonly contentType: string
  readonly filename: string | undefined
  readonly bytes: Uint8Array
}

/** Keeps artifacts in this process. */
export interface MemoryDestination extends ArtifactDestination {
  /** What is stored, by sha256. */
  readonly artifacts: ReadonlyMap<string, StoredArtifact>
}

/** A destination that keeps everything in memory, without a limit: for tests, and for use within one process. */
export function memoryDestination(): MemoryDestination {
  const artifacts = new Map<string, StoredArtifact>()
  return {
    name: 'memory',
    artifacts,
    async store(artifact, { signal }) {
      if (artifacts.has(artifact.sha256)) return 'exists'
      const bytes = await readWhole(artifact)
      signal.throwIfAborted()
      const { sha256, sizeBytes, contentType, filename } = artifact
      artifacts.set(sha256, { sha256, sizeBytes, contentType, filename, bytes })
      return 'stored'
    },
  }
}

async function readWhole(artifact: StorableArtifact): Promise<Uint8Array> {
  const bytes = new Uint8Array(artifact.sizeBytes)
  let offset = 0
  for await (const chunk of artifact.chunks()) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

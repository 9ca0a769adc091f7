import { artifactClient, type ArtifactClient } from '@span-artifacts/core'

/** The room that one capture takes in the memory of a client for what it keeps. */
export class MemoryReservation {
  readonly #client: ArtifactClient | undefined
  #bytes = 0

  /** @param client Default: `artifactClient()`, asked for when room is taken */
  constructor(client: ArtifactClient | undefined) {
    this.#client = client
  }

  /** How much is taken, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Takes so many bytes more. @returns whether there was room */
  take(bytes: number): boolean {
    const hasRoom = this.#memory().reserve(bytes)
    if (hasRoom) this.#bytes += bytes
    return hasRoom
  }

  /** Gives all of it back. */
  release(): void {
    if (this.#bytes > 0) this.#memory().release(this.#bytes)
    this.#bytes = 0
  }

  #memory(): ArtifactClient['captureSpace']['memory'] {
    return (this.#client ?? artifactClient()).captureSpace.memory
  }
}

import type { StoredArtifact } from './broker-stub.js'

interface Registration extends StoredArtifact {
  /** bytes arrived and had the registered length and digest */
  uploaded: boolean
  ready: boolean
  body: Buffer | undefined
}

/** What the stub knows of each artifact: registered, uploaded, ready. */
export class ArtifactStore {
  readonly #registrations = new Map<string, Registration>()

  /** A second registration of a digest keeps what the first one brought. */
  register(artifact: StoredArtifact): { ready: boolean; sizeMatches: boolean } {
    const known = this.#registrations.get(artifact.sha256)
    if (known) return { ready: known.ready, sizeMatches: known.sizeBytes === artifact.sizeBytes }
    this.#registrations.set(artifact.sha256, { ...artifact, uploaded: false, ready: false, body: undefined })
    return { ready: false, sizeMatches: true }
  }

  find(sha256: string): Readonly<Registration> | undefined {
    return this.#registrations.get(sha256)
  }

  keepUpload(sha256: string, body: Buffer | undefined): void {
    const registration = this.#registrations.get(sha256)
    if (registration) Object.assign(registration, { uploaded: true, body })
  }

  /** Moves it to the end when it becomes ready, so that the map's order is the order of finalize. */
  makeReady(sha256: string): void {
    const registration = this.#registrations.get(sha256)
    if (!registration || registration.ready) return
    this.#registrations.delete(sha256)
    this.#registrations.set(sha256, { ...registration, ready: true })
  }

  ready(): StoredArtifact[] {
    return [...this.#registrations.values()]
      .filter(({ ready }) => ready)
      .map(({ sha256, sizeBytes, contentType, filename }) => ({ sha256, sizeBytes, contentType, filename }))
  }

  clear(): void {
    this.#registrations.clear()
  }
}

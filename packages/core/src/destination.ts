/** One artifact on its way to a destination. */
export interface StorableArtifact {
  /** SHA-256 of the content, 64 lower-case hexadecimal digits. */
  readonly sha256: string
  /** Size of the content, in bytes. */
  readonly sizeBytes: number
  readonly contentType: string
  readonly filename: string | undefined
  /**
   * Reads the content from its beginning; may be called again after a failure. It is hashed while it is read, and the
   * last chunk comes only when size and digest were right, so a destination that stores nothing after an error never
   * stores content under a wrong digest.
   *
   * @throws ArtifactUploadError `source_changed` while reading, when the content is no longer what it was
   */
  chunks(): AsyncIterable<Uint8Array>
}

/** What became of an artifact that a destination accepted: stored now, or there already. */
export type StoreOutcome = 'stored' | 'exists'

/**
 * Where artifacts go. The client queues, retries and gives up; a destination makes one attempt.
 *
 * `destinationContract()` of `@span-artifacts/core/testing` checks an implementation.
 */
export interface ArtifactDestination {
  /** A short name for diagnostics and metrics, such as `broker`. */
  readonly name: string
  /** The host that it talks to, for metrics (`server.address`), if any. */
  readonly address?: string | undefined
  /**
   * Whether the receiver hashes what arrives and refuses it when the digest is another (as a broker does). The chunks that
   * it is given may then be views of memory that belongs to the application, instead of copies, which makes a large upload
   * cost half. Default: false.
   */
  readonly verifiesDigests?: boolean | undefined
  /**
   * The stable address under which a person can look at an artifact; goes into references. Must not be signed and must
   * not do any I/O.
   */
  urlOf?(sha256: string): string | undefined
  /**
   * Makes one attempt to store an artifact. Storing the same digest twice, or twice at once, must succeed.
   *
   * @param options.signal aborted when the client shuts down; give up at once then
   * @throws ArtifactUploadError whose `recovery` says what to do next; anything else thrown is retried
   */
  store(artifact: StorableArtifact, options: { signal: AbortSignal }): Promise<StoreOutcome>
}

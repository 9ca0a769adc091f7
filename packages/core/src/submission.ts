import type { DropReason } from './reference.js'
import type { ArtifactSource } from './source.js'

/** What the client is asked to store. */
export interface ArtifactSubmission {
  readonly source: ArtifactSource
  /** The digest of the content. */
  readonly sha256: string
  readonly contentType: string
  readonly filename: string | undefined
  readonly upload: 'background' | 'sync'
}

/** The answer to a submission, known at once. */
export interface SubmissionReceipt {
  /** Where a person can look at the artifact, once it is stored. */
  readonly url: string | undefined
  /** Why the artifact will not be stored, if the client knows already. */
  readonly dropped: DropReason | undefined
  /** Resolves when the artifact is stored, rejects with an ArtifactUploadError when it is not. Need not be handled. */
  readonly outcome: Promise<void>
  /** Resolves when the content is in the spool, or stored; rejects as `outcome` does. Need not be handled. */
  readonly persisted: Promise<void>
}

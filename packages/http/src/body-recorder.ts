import type { ArtifactReference } from '@span-artifacts/core'

/** What is known of a body when it is over. */
export interface BodyDetails {
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  /** Whether bytes are known to be missing at the end. */
  readonly truncated: boolean
  readonly filename?: string | undefined
  /** The form field that a file was sent in. */
  readonly field?: string | undefined
  /** The bounds as they are at the end: an adapter may have changed them since the body began. */
  readonly limits?: { readonly maxBodyBytes: number; readonly previewBytes: number }
}

/** A body as it goes onto the span. */
export interface RecordedBody {
  readonly reference: ArtifactReference
  /** The beginning of a text body, decoded and redacted; where a preview was asked for and is possible. */
  readonly preview?: string | undefined
}

/** Takes the bytes of one body as they pass by. */
export interface BodyRecorder {
  /**
   * @param bytes copied where they are kept
   * @param isOwn whether nobody else has them, so that they need no copy. Default: false
   */
  write(bytes: Uint8Array, isOwn?: boolean): void
  /** Submits the artifact and describes it. Call it or {@link discard}, once. */
  finish(details: BodyDetails): RecordedBody
  /** Forgets everything. */
  discard(): void
  /** As `ArtifactWriter.drained`: for those who can make their source wait. */
  drained(): Promise<void> | undefined
}

import {
  createArtifactWriter,
  type ArtifactClient,
  type ArtifactReference,
  type ArtifactWriter,
} from '@span-artifacts/core'
import { UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { shield } from './diagnostics.js'
import type { ByteSink } from './byte-sink.js'
import type { UploadedFileHeader } from './multipart-sink.js'

/** Where a file goes, and how large it may be. */
export interface FileLimits {
  readonly client: ArtifactClient | undefined
  readonly maxBytes: number
}

/** Captures one uploaded file while the application's own parser hands it on. */
export class FileCapture implements ByteSink {
  readonly #header: UploadedFileHeader
  readonly #writer: ArtifactWriter
  #complete = false
  #over = false

  constructor(header: UploadedFileHeader, { client, maxBytes }: FileLimits) {
    this.#header = header
    this.#writer = createArtifactWriter({ maxBytes, ...(client && { client }) })
  }

  /** @param bytes copied; the rest of the file is forgotten when they cannot be kept */
  write(bytes: Uint8Array): void {
    if (!this.#over)
      shield(
        'uploaded file',
        () => this.#writer.write(bytes),
        () => this.discard(),
      )
  }

  /** The whole file was seen. */
  end(): void {
    this.#complete = true
  }

  /** Submits the file. `undefined` for a form's empty file input, and for a file that was given up. */
  finish(): ArtifactReference | undefined {
    if (this.#over) return undefined
    const { field, filename, contentType, isCut } = this.#header
    if (filename === undefined && this.#writer.sizeBytes === 0) {
      this.discard()
      return undefined
    }
    this.#over = true
    const artifact = this.#writer.finish({
      field,
      ...(filename !== undefined && { filename }),
      // The type that senders give to what they know nothing of (RFC 7578 section 4.4): name and first bytes know more.
      ...(contentType !== undefined && contentType !== UNKNOWN_CONTENT_TYPE && { contentType }),
      ...((!this.#complete || isCut?.() === true) && { truncated: true }),
    })
    return artifact.reference()
  }

  /** As `ArtifactWriter.drained`: for those who can make their source wait. */
  drained(): Promise<void> | undefined {
    return this.#over ? undefined : this.#writer.drained()
  }

  /** Forgets everything. */
  discard(): void {
    if (this.#over) return
    this.#over = true
    this.#writer.discard()
  }
}

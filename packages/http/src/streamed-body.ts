import {
  createArtifactWriter,
  type ArtifactClient,
  type ArtifactOptions,
  type ArtifactWriter,
} from '@span-artifacts/core'
import type { BodyDetails, BodyRecorder, RecordedBody } from './body-recorder.js'
import { UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { previewHeadBytes, previewOfHead } from './text-preview.js'

/** Bounds of one recorded body. */
export interface BodyLimits {
  readonly client: ArtifactClient | undefined
  readonly maxBodyBytes: number
  readonly previewBytes: number
}

/** Records a body that may be stored as it is: every chunk goes straight on, so memory stays flat. */
export class StreamedBody implements BodyRecorder {
  readonly #previewBytes: number
  readonly #writer: ArtifactWriter
  /** The first bytes, for the preview. */
  readonly #head: Uint8Array[] = []
  #missingHeadBytes: number

  constructor({ client, maxBodyBytes: maxBytes, previewBytes }: BodyLimits) {
    this.#previewBytes = previewBytes
    this.#missingHeadBytes = previewHeadBytes(previewBytes)
    this.#writer = createArtifactWriter({ maxBytes, ...(client && { client }) })
  }

  write(bytes: Uint8Array): void {
    if (this.#missingHeadBytes > 0) {
      const part = Buffer.from(bytes.subarray(0, this.#missingHeadBytes))
      this.#missingHeadBytes -= part.length
      this.#head.push(part)
    }
    this.#writer.write(bytes)
  }

  finish(details: BodyDetails): RecordedBody {
    const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, limits } = details
    const reference = this.#writer.finish(artifactOptions(details)).reference()
    const previewBytes = Math.min(this.#previewBytes, limits?.previewBytes ?? this.#previewBytes)
    if (previewBytes === 0) return { reference }
    const head = Buffer.concat(this.#head)
    return { reference, preview: previewOfHead(head, { contentType, contentEncoding, previewBytes }) }
  }

  discard(): void {
    this.#writer.discard()
  }

  drained(): Promise<void> | undefined {
    return this.#writer.drained()
  }
}

/** The options of the artifact that a body becomes. */
export function artifactOptions({ contentType, contentEncoding, truncated, filename }: BodyDetails): ArtifactOptions {
  return {
    ...(contentType !== undefined && { contentType }),
    ...(filename !== undefined && { filename }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(truncated && { truncated }),
  }
}

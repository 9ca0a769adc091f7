import { createArtifactWriter, type ArtifactClient } from '@span-artifacts/core'
import type { BodyDetails, BodyRecorder, RecordedBody } from './body-recorder.js'
import { UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { previewHeadBytes, previewOfHead } from './text-preview.js'

/** Bounds of one recorded body. */
export interface BodyLimits {
  readonly client: ArtifactClient | undefined
  readonly maxBytes: number
  readonly previewBytes: number
}

/** Records a body that may be stored as it is: every chunk goes straight on, so memory stays flat. */
export function createStreamedBody({ client, maxBytes, previewBytes }: BodyLimits): BodyRecorder {
  const writer = createArtifactWriter({ maxBytes, ...(client && { client }) })
  const head = createHead(previewHeadBytes(previewBytes))

  return {
    get sizeBytes() {
      return writer.sizeBytes
    },
    write(bytes) {
      head.write(bytes)
      writer.write(bytes)
    },
    finish(details): RecordedBody {
      const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, limits } = details
      const shownBytes = Math.min(previewBytes, limits?.previewBytes ?? previewBytes)
      const reference = writer.finish(artifactOptions(details)).reference()
      return {
        reference,
        preview: previewOfHead(head.bytes(), { contentType, contentEncoding, previewBytes: shownBytes }),
      }
    },
    discard: () => writer.discard(),
  }
}

/** The options of the artifact that a body becomes. */
export function artifactOptions({ contentType, contentEncoding, truncated }: BodyDetails): {
  contentType?: string
  contentEncoding?: string
  truncated?: boolean
} {
  return {
    ...(contentType !== undefined && { contentType }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(truncated && { truncated }),
  }
}

/** Keeps the first bytes of a body. */
function createHead(maxBytes: number): { write(bytes: Uint8Array): void; bytes(): Uint8Array } {
  const chunks: Uint8Array[] = []
  let missing = maxBytes
  return {
    write(bytes) {
      if (missing <= 0) return
      const part = Buffer.from(bytes.subarray(0, missing))
      missing -= part.length
      chunks.push(part)
    },
    bytes: () => Buffer.concat(chunks),
  }
}

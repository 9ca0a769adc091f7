import { Artifact, createArtifactWriter, type ArtifactWriter } from '@span-artifacts/core'
import type { BodyDetails, BodyRecorder, RecordedBody } from './body-recorder.js'
import { redactBody, type BodyRedactor } from './body-redaction.js'
import { UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { droppedReference } from './dropped-reference.js'
import { artifactOptions, type BodyLimits } from './streamed-body.js'
import { previewOfHead } from './text-preview.js'

/** Bounds of a body that is looked into, and who looks. */
export interface InspectedBodyLimits extends BodyLimits {
  readonly redactor: BodyRedactor
}

/**
 * Records a body that may hold secrets: it is kept until it is whole, redacted, and only then hashed and stored. Beyond
 * the cap nothing is kept; what passes is hashed and counted.
 */
export function createInspectedBody({ client, maxBytes, previewBytes, redactor }: InspectedBodyLimits): BodyRecorder {
  let chunks: Uint8Array[] = []
  let sizeBytes = 0
  let oversize: ArtifactWriter | undefined
  const openWriter = (cap: number): ArtifactWriter => createArtifactWriter({ maxBytes: cap, ...(client && { client }) })

  const store = (bytes: Uint8Array, details: BodyDetails): RecordedBody => {
    const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, limits } = details
    if (limits !== undefined && sizeBytes > limits.maxBytes) {
      // The cap was lowered meanwhile. It counts after the redaction: the digest of a secret would confirm a guess.
      const writer = openWriter(limits.maxBytes)
      writer.write(bytes)
      return { reference: writer.finish(artifactOptions(details)).reference() }
    }
    // The bytes are ours by now: no need for the copy that a writer makes.
    const artifact = new Artifact(bytes, { ...artifactOptions(details), ...(client && { client }) })
    return {
      reference: artifact.reference(),
      preview: previewOfHead(bytes, {
        contentType,
        contentEncoding,
        previewBytes: limits?.previewBytes ?? previewBytes,
      }),
    }
  }

  return {
    get sizeBytes() {
      return sizeBytes
    },
    write(bytes) {
      sizeBytes += bytes.length
      if (oversize === undefined && sizeBytes > maxBytes) {
        oversize = openWriter(maxBytes)
        for (const chunk of chunks) oversize.write(chunk)
        chunks = []
      }
      if (oversize === undefined) chunks.push(Buffer.from(bytes))
      else oversize.write(bytes)
    },
    finish(details) {
      if (oversize !== undefined) return { reference: oversize.finish(artifactOptions(details)).reference() }
      const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
      chunks = []
      const result = redactBody(bytes, { details, redactor, maxBytes })
      if (result.kind === 'failed') return { reference: droppedReference(bytes, details, 'redaction_failed') }
      if (result.kind === 'clean') return store(bytes, details)
      return store(result.bytes, { ...details, contentType: result.contentType, contentEncoding: undefined })
    },
    discard() {
      chunks = []
      oversize?.discard()
    },
  }
}

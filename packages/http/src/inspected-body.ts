import { createArtifactWriter, referenceOwnContent, type ArtifactWriter } from '@span-artifacts/core'
import type { BodyDetails, BodyRecorder, RecordedBody } from './body-recorder.js'
import { isCertainlyClean, redactBody, type BodyRedactor } from './body-redaction.js'
import { UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { droppedReference } from './dropped-reference.js'
import { KeptContent } from './kept-content.js'
import { artifactOptions, type BodyLimits } from './streamed-body.js'
import { previewOfHead } from './text-preview.js'

/**
 * Records a body that may hold secrets: it is kept until it is whole, redacted, and only then hashed and stored. Beyond
 * the cap nothing is kept; what passes is hashed and counted.
 */
export class InspectedBody implements BodyRecorder {
  readonly #limits: BodyLimits
  readonly #redactor: BodyRedactor
  /** Given away at the end: what happens to this body afterwards must not touch its memory. */
  #kept = new KeptContent()
  #sizeBytes = 0
  #oversize: ArtifactWriter | undefined

  constructor(limits: BodyLimits, redactor: BodyRedactor) {
    this.#limits = limits
    this.#redactor = redactor
  }

  write(bytes: Uint8Array, isOwn = false): void {
    const { maxBytes } = this.#limits
    this.#sizeBytes += bytes.length
    if (this.#oversize === undefined && this.#sizeBytes > maxBytes) {
      this.#oversize = this.#openWriter(maxBytes)
      for (const chunk of this.#kept.chunks) this.#oversize.write(chunk)
      this.#kept.recycle()
    }
    if (this.#oversize !== undefined) this.#oversize.write(bytes)
    else if (isOwn) this.#kept.add(bytes)
    else this.#kept.copy(bytes)
  }

  finish(details: BodyDetails): RecordedBody {
    if (this.#oversize !== undefined) return { reference: this.#oversize.finish(artifactOptions(details)).reference() }
    const redactor = this.#redactor
    const kept = this.#kept
    this.#kept = new KeptContent()
    if (isCertainlyClean(kept.chunks, details, redactor)) return this.#store(kept, details)
    const only = kept.chunks.length === 1 ? kept.chunks[0] : undefined
    const bytes = only ?? Buffer.concat(kept.chunks)
    const result = redactBody(bytes, { details, redactor, maxBytes: this.#limits.maxBytes })
    if (result.kind === 'clean') return this.#store(kept, details)
    const recorded =
      result.kind === 'failed'
        ? { reference: droppedReference(bytes, details, 'redaction_failed') }
        : this.#store(ownContent(result.bytes), redactedDetails(details, result.contentType))
    kept.recycle()
    return recorded
  }

  discard(): void {
    this.#kept.recycle()
    this.#oversize?.discard()
  }

  /** What is kept here is in memory. */
  drained(): undefined {
    return undefined
  }

  /** Hands the content over as it is kept: no need for the copy that a writer makes. */
  #store(content: KeptContent, details: BodyDetails): RecordedBody {
    const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, limits = this.#limits } = details
    const { chunks, memoryBytes } = content
    if (this.#sizeBytes > limits.maxBytes) {
      // The cap was lowered meanwhile. It counts after the redaction: the digest of a secret would confirm a guess.
      const writer = this.#openWriter(limits.maxBytes)
      for (const chunk of chunks) writer.write(chunk)
      content.recycle()
      return { reference: writer.finish(artifactOptions(details)).reference() }
    }
    const { previewBytes } = limits
    const preview =
      previewBytes === 0
        ? undefined
        : previewOfHead(Buffer.concat(chunks), { contentType, contentEncoding, previewBytes })
    const { client } = this.#limits
    const { filename, truncated } = details
    const reference = referenceOwnContent(chunks, {
      client,
      contentType: details.contentType,
      contentEncoding,
      filename,
      truncated,
      memoryBytes,
      onUnused: content.isInBlocks ? () => content.recycle() : undefined,
    })
    return { reference, preview }
  }

  #openWriter(maxBytes: number): ArtifactWriter {
    const { client } = this.#limits
    return createArtifactWriter(client === undefined ? { maxBytes } : { maxBytes, client })
  }
}

function ownContent(bytes: Uint8Array): KeptContent {
  const content = new KeptContent()
  content.add(bytes)
  return content
}

function redactedDetails(details: BodyDetails, contentType: string): BodyDetails {
  return { ...details, contentType, contentEncoding: undefined }
}

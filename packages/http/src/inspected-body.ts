import { createArtifactWriter, referenceOwnContent, type ArtifactWriter } from '@span-artifacts/core'
import type { BodyDetails, BodyRecorder, RecordedBody } from './body-recorder.js'
import { isCertainlyClean, redactBody, type BodyRedactor } from './body-redaction.js'
import { UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { droppedReference } from './dropped-reference.js'
import { artifactOptions, type BodyLimits } from './streamed-body.js'
import { previewOfHead } from './text-preview.js'

/**
 * Records a body that may hold secrets: it is kept until it is whole, redacted, and only then hashed and stored. Beyond
 * the cap nothing is kept; what passes is hashed and counted.
 */
export class InspectedBody implements BodyRecorder {
  readonly #limits: BodyLimits
  readonly #redactor: BodyRedactor
  #chunks: Uint8Array[] = []
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
      for (const chunk of this.#chunks) this.#oversize.write(chunk)
      this.#chunks = []
    }
    if (this.#oversize === undefined) this.#chunks.push(isOwn ? bytes : Buffer.from(bytes))
    else this.#oversize.write(bytes)
  }

  finish(details: BodyDetails): RecordedBody {
    if (this.#oversize !== undefined) return { reference: this.#oversize.finish(artifactOptions(details)).reference() }
    const { maxBytes } = this.#limits
    const redactor = this.#redactor
    const chunks = this.#chunks
    this.#chunks = []
    if (isCertainlyClean(chunks, details, redactor)) return this.#store(chunks, details)
    const [first, ...others] = chunks
    const bytes = first !== undefined && others.length === 0 ? first : Buffer.concat(chunks)
    const result = redactBody(bytes, { details, redactor, maxBytes })
    if (result.kind === 'failed') return { reference: droppedReference(bytes, details, 'redaction_failed') }
    if (result.kind === 'clean') return this.#store([bytes], details)
    return this.#store([result.bytes], { ...details, contentType: result.contentType, contentEncoding: undefined })
  }

  discard(): void {
    this.#chunks = []
    this.#oversize?.discard()
  }

  /** What is kept here is in memory. */
  drained(): undefined {
    return undefined
  }

  /** @param chunks ours by now: no need for the copy that a writer makes */
  #store(chunks: readonly Uint8Array[], details: BodyDetails): RecordedBody {
    const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, limits = this.#limits } = details
    if (this.#sizeBytes > limits.maxBytes) {
      // The cap was lowered meanwhile. It counts after the redaction: the digest of a secret would confirm a guess.
      const writer = this.#openWriter(limits.maxBytes)
      for (const chunk of chunks) writer.write(chunk)
      return { reference: writer.finish(artifactOptions(details)).reference() }
    }
    const { client } = this.#limits
    const { filename, truncated } = details
    const reference = referenceOwnContent(chunks, {
      client,
      contentType: details.contentType,
      contentEncoding,
      filename,
      truncated,
    })
    const { previewBytes } = limits
    if (previewBytes === 0) return { reference }
    return { reference, preview: previewOfHead(Buffer.concat(chunks), { contentType, contentEncoding, previewBytes }) }
  }

  #openWriter(maxBytes: number): ArtifactWriter {
    const { client } = this.#limits
    return createArtifactWriter(client === undefined ? { maxBytes } : { maxBytes, client })
  }
}

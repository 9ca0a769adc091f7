import { createArtifactWriter, referenceOwnContent, type ArtifactWriter } from '@span-artifacts/core'
import type { BodyDetails, BodyRecorder, RecordedBody } from './body-recorder.js'
import { isCertainlyClean, redactBody, type BodyRedaction, type BodyRedactor } from './body-redaction.js'
import { UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { reportFailure } from './diagnostics.js'
import { KeptContent } from './kept-content.js'
import { MemoryReservation } from './memory-reservation.js'
import { processKey } from './process-key.js'
import { artifactOptions, type BodyLimits } from './streamed-body.js'
import { previewHeadBytes, previewOfHead, type PreviewDetails } from './text-preview.js'

/** Why nothing of a body is kept. */
type UnkeptReason = 'too_large' | 'queue_full' | 'redaction_failed'

/**
 * Records a body that may hold secrets: it is kept until it is whole, redacted, and only then hashed and stored. Beyond
 * the cap, and where the client has no room in memory, nothing is kept; what passes is counted, and hashed with the key of this
 * process.
 */
export class InspectedBody implements BodyRecorder {
  readonly #limits: BodyLimits
  readonly #redactor: BodyRedactor
  /** Given away at the end: what happens to this body afterwards must not touch its memory. */
  #kept = new KeptContent()
  #sizeBytes = 0
  readonly #reserved: MemoryReservation
  /** What hashes and counts the body, once nothing of it is kept any more. */
  #unkept: ArtifactWriter | undefined

  constructor(limits: BodyLimits, redactor: BodyRedactor) {
    this.#limits = limits
    this.#redactor = redactor
    this.#reserved = new MemoryReservation(limits.client)
  }

  write(bytes: Uint8Array, isOwn = false): void {
    this.#sizeBytes += bytes.length
    if (this.#sizeBytes > this.#limits.maxBodyBytes) this.#unkept ??= this.#stopKeeping('too_large')
    if (this.#unkept === undefined) this.#keep(bytes, isOwn)
    else this.#unkept.write(bytes)
  }

  finish(details: BodyDetails): RecordedBody {
    if (this.#unkept !== undefined) return this.#finishUnkept(this.#unkept, details)
    const kept = this.#kept
    this.#kept = new KeptContent()
    // The client takes room for it anew, before anybody else can.
    this.#reserved.release()
    const result = this.#redact(kept.chunks, details)
    if (result.kind === 'clean') return this.#store(kept, details)
    if (result.kind === 'failed') return this.#finishUnkept(this.#hashKeyed(kept, 'redaction_failed'), details)
    const recorded = this.#store(ownContent(result.bytes), redactedDetails(details, result.contentType))
    kept.recycle()
    return recorded
  }

  discard(): void {
    this.#kept.recycle()
    this.#reserved.release()
    this.#unkept?.discard()
  }

  /** What is kept here is in memory. */
  drained(): undefined {
    return undefined
  }

  /** Whatever a body does to those who look into it, only this body is dropped. */
  #redact(chunks: readonly Uint8Array[], details: BodyDetails): BodyRedaction {
    const redactor = this.#redactor
    try {
      if (isCertainlyClean(chunks, details, redactor)) return { kind: 'clean' }
      return redactBody(joined(chunks), { details, redactor, maxBytes: this.#limits.maxBodyBytes })
    } catch (error) {
      reportFailure('redaction', error)
      return { kind: 'failed' }
    }
  }

  #keep(bytes: Uint8Array, isOwn: boolean): void {
    const kept = this.#kept
    if (isOwn) kept.add(bytes)
    else kept.copy(bytes)
    if (!this.#reserved.growTo(kept.memoryBytes)) this.#unkept = this.#stopKeeping('queue_full')
  }

  /** @returns what goes on hashing */
  #stopKeeping(dropped: UnkeptReason): ArtifactWriter {
    const writer = this.#hashKeyed(this.#kept, dropped)
    this.#reserved.release()
    return writer
  }

  /** Caps may be low, and what is small and was never redacted could be guessed: a plain digest would confirm it. */
  #hashKeyed(content: KeptContent, dropped: UnkeptReason): ArtifactWriter {
    const writer = this.#openWriter(dropped)
    writer.write(processKey)
    moveInto(writer, content)
    return writer
  }

  #finishUnkept(writer: ArtifactWriter, details: BodyDetails): RecordedBody {
    const reference = writer.finish(artifactOptions(details)).reference()
    // The writer has counted the key too.
    return { reference: { ...reference, size_bytes: this.#sizeBytes } }
  }

  /** Hands the content over as it is kept: no need for the copy that a writer makes. */
  #store(content: KeptContent, details: BodyDetails): RecordedBody {
    const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, limits = this.#limits } = details
    const { chunks, memoryBytes } = content
    if (this.#sizeBytes > limits.maxBodyBytes) {
      // The cap was lowered meanwhile. It counts after the redaction: the digest of a secret would confirm a guess.
      const writer = this.#openWriter('too_large')
      moveInto(writer, content)
      return { reference: writer.finish(artifactOptions(details)).reference() }
    }
    const preview = previewOf(content, { contentType, contentEncoding, previewBytes: limits.previewBytes })
    const { filename, truncated } = details
    const reference = referenceOwnContent(chunks, {
      client: this.#limits.client,
      contentType: details.contentType,
      contentEncoding,
      filename,
      truncated,
      memoryBytes,
      onUnused: content.isInBlocks ? () => content.recycle() : undefined,
    })
    return { reference, preview }
  }

  /** Keeps nothing: not even in a file may there be secrets. */
  #openWriter(dropped: UnkeptReason): ArtifactWriter {
    const { client } = this.#limits
    return createArtifactWriter({ dropped, ...(client && { client }) })
  }
}

function moveInto(writer: ArtifactWriter, content: KeptContent): void {
  for (const chunk of content.chunks) writer.write(chunk)
  content.recycle()
}

function previewOf({ chunks }: KeptContent, details: PreviewDetails): string | undefined {
  const { contentEncoding, previewBytes } = details
  if (previewBytes === 0) return undefined
  // What is compressed may show nothing before the end of a block, which is 128 KiB long (RFC 8878 section 3.1.1.2).
  const headBytes = contentEncoding === undefined ? previewHeadBytes(previewBytes) : Number.POSITIVE_INFINITY
  return previewOfHead(firstBytes(chunks, headBytes), details)
}

/** @returns at least so many bytes, where there are as many */
function firstBytes(chunks: readonly Uint8Array[], minBytes: number): Uint8Array {
  let count = 0
  for (let bytes = 0; count < chunks.length && bytes < minBytes; count += 1) bytes += chunks[count]?.length ?? 0
  return Buffer.concat(chunks.slice(0, count))
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const only = chunks.length === 1 ? chunks[0] : undefined
  return only ?? Buffer.concat(chunks)
}

function ownContent(bytes: Uint8Array): KeptContent {
  const content = new KeptContent()
  content.add(bytes)
  return content
}

function redactedDetails(details: BodyDetails, contentType: string): BodyDetails {
  return { ...details, contentType, contentEncoding: undefined }
}

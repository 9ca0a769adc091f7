import type { ArtifactReference } from '@span-artifacts/core'
import { type Modality, modalityOf } from './media-type.js'

/**
 * A part that names an artifact: the `UriPart` of the OpenTelemetry GenAI conventions, which allow the members they do
 * not name.
 */
export interface UriPart {
  type: 'uri'
  modality: Modality
  /** The IANA media type; null when nothing tells it. */
  mime_type: string | null
  /** The artifact's address, or `artifact:sha256:` and the digest where its destination gives none. */
  uri: string
  byte_size: number
  /** 64 lower-case hexadecimal digits. */
  sha256: string
  filename?: string
  /** Why the content is not stored, where the client already knew. */
  dropped?: string
  /** The beginning of a text that is too long for an attribute. */
  preview?: string
  /** True for what the model thought and did not say. */
  reasoning?: true
}

/** What unknown bytes are called: RFC 2046 section 4.5.1. */
const OCTET_STREAM = 'application/octet-stream'

/** The part that stands for an artifact. @param mediaType as declared; decides the modality where the content does not */
export function uriPart(reference: ArtifactReference, mediaType?: string): UriPart {
  const { sha256, size_bytes: sizeBytes, content_type: contentType, filename, url, dropped } = reference
  const isKnown = contentType !== OCTET_STREAM
  return {
    type: 'uri',
    modality: modalityOf(isKnown ? contentType : mediaType),
    mime_type: isKnown ? contentType : null,
    uri: url ?? `artifact:sha256:${sha256}`,
    byte_size: sizeBytes,
    sha256,
    ...(filename === undefined ? {} : { filename }),
    ...(dropped === undefined ? {} : { dropped }),
  }
}

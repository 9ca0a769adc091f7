import type { Span } from '@opentelemetry/api'
import { serializeArtifactReference } from '@span-artifacts/core'
import type { RecordedBody } from './body-recorder.js'

/** The attributes that one body is described by. */
export interface BodyAttributeNames {
  readonly body: string
  readonly contentReference: string
  readonly content: string
}

/** Sets a body's reference, the plain URL of its content, and its preview. */
export function recordBody(span: Span, { reference, preview }: RecordedBody, names: BodyAttributeNames): void {
  span.setAttribute(names.body, serializeArtifactReference(reference))
  if (reference.url !== undefined && reference.dropped === undefined) {
    span.setAttribute(names.contentReference, reference.url)
  }
  if (preview !== undefined) span.setAttribute(names.content, preview)
}

import { serializeArtifactReference } from '@span-artifacts/core'
import type { RecordedBody } from './body-recorder.js'

/** Where attributes go: a span, or what is left of one that has just ended. */
export interface AttributeTarget {
  setAttribute(name: string, value: string): unknown
}

/** The attributes that one body is described by. */
export interface BodyAttributeNames {
  readonly body: string
  readonly contentReference: string
  readonly content: string
}

/** Sets a body's reference, the plain URL of its content, and its preview. */
export function recordBody(
  target: AttributeTarget,
  { reference, preview }: RecordedBody,
  names: BodyAttributeNames,
): void {
  target.setAttribute(names.body, serializeArtifactReference(reference))
  if (reference.url !== undefined && reference.dropped === undefined) {
    target.setAttribute(names.contentReference, reference.url)
  }
  if (preview !== undefined) target.setAttribute(names.content, preview)
}

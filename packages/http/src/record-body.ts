import { serializeArtifactReference } from '@span-artifacts/core'
import type { HttpAttributeNames } from './attribute-names.js'
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

/** The names for the body of a request. */
export function requestBodyNames(names: HttpAttributeNames): BodyAttributeNames {
  return { body: names.requestBody, contentReference: names.requestContentReference, content: names.requestContent }
}

/** The names for the body of a response. */
export function responseBodyNames(names: HttpAttributeNames): BodyAttributeNames {
  return { body: names.responseBody, contentReference: names.responseContentReference, content: names.responseContent }
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

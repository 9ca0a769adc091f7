import { Artifact, type ArtifactReference } from '@span-artifacts/core'
import type { BodyDetails } from './body-recorder.js'
import { UNKNOWN_CONTENT_TYPE } from './content-types.js'

const PROCESS_KEY_BYTES = 32
/** Comes before the content where a digest must tell nobody what the content is. */
export const processKey: Uint8Array = crypto.getRandomValues(new Uint8Array(PROCESS_KEY_BYTES))

/**
 * Describes a body that is not stored because it may hold secrets. Its digest is keyed with a secret of this process:
 * equal bodies can be told to be equal, and nobody can confirm a guessed password by hashing.
 */
export function droppedReference(bytes: Uint8Array, details: BodyDetails, reason: string): ArtifactReference {
  const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, truncated } = details
  return {
    sha256: keyedDigest(bytes),
    size_bytes: bytes.length,
    content_type: contentType,
    ...(contentEncoding !== undefined && { content_encoding: contentEncoding }),
    ...(truncated && { truncated }),
    dropped: reason,
  }
}

/** The artifact is only there to hash: nothing submits it. */
function keyedDigest(bytes: Uint8Array): string {
  return new Artifact(Buffer.concat([processKey, bytes])).sha256
}

import type { ArtifactReference } from '@span-artifacts/core'
import { createHmac, randomBytes } from 'node:crypto'
import type { BodyDetails } from './body-recorder.js'
import { UNKNOWN_CONTENT_TYPE } from './content-types.js'

const PROCESS_KEY_BYTES = 32
const processKey = randomBytes(PROCESS_KEY_BYTES)

/**
 * Describes a body that is not stored because it may hold secrets. Its digest is keyed with a secret of this process:
 * equal bodies can be told to be equal, and nobody can confirm a guessed password by hashing.
 */
export function droppedReference(bytes: Uint8Array, details: BodyDetails, reason: string): ArtifactReference {
  const { contentType = UNKNOWN_CONTENT_TYPE, contentEncoding, truncated } = details
  return {
    sha256: createHmac('sha256', processKey).update(bytes).digest('hex'),
    size_bytes: bytes.length,
    content_type: contentType,
    ...(contentEncoding !== undefined && { content_encoding: contentEncoding }),
    ...(truncated && { truncated }),
    dropped: reason,
  }
}

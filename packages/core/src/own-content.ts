import { chooseContentType } from './choose-content-type.js'
import type { ArtifactClient } from './client.js'
import { digestAtOnce } from './digest.js'
import { cleanFilename } from './filename.js'
import { artifactClient } from './global-client.js'
import { type ArtifactReference, createReference } from './reference.js'
import { MemorySource } from './source.js'

export interface OwnContentOptions {
  /** The client that stores it. Default: `artifactClient()`. */
  client?: ArtifactClient | undefined
  /** Media type. Default: from the filename, else the first bytes. */
  contentType?: string | undefined
  filename?: string | undefined
  /** `gzip`, `br`, …, when the content is encoded: RFC 9110 section 8.4. */
  contentEncoding?: string | undefined
  /** True when the content was cut before it got here. */
  truncated?: boolean | undefined
  /** How much memory the chunks take, where it is more than their size; counts against the client's budget. In bytes. */
  memoryBytes?: number | undefined
  /**
   * Called when nobody reads the chunks any more, so that their memory can be used again: the content is stored, or was
   * already, or there was no room for it. Not called where an attempt to store it may still read them.
   */
  onUnused?: (() => void) | undefined
}

/**
 * Stores content that the caller gives away, in the background, and returns its reference: what `new Artifact(…).reference()`
 * does, for adapters that have copied or made the bytes themselves. They are not hashed a second time when they are
 * uploaded. Hashes all of it here and now; never throws.
 *
 * @param chunks the content, in order. Nobody may write to them any more
 */
export function referenceOwnContent(chunks: readonly Uint8Array[], options: OwnContentOptions = {}): ArtifactReference {
  const { client = artifactClient(), contentEncoding, truncated } = options
  const sha256 = digestAtOnce(chunks)
  const { memoryBytes, onUnused } = options
  const source = new MemorySource(chunks, { sha256, isOwn: true, memoryBytes, onUnused })
  const filename = cleanFilename(options.filename)
  const contentType = chooseContentType(source, filename, options.contentType)
  const { url, dropped } = client.submitSoon({ source, sha256, contentType, filename, upload: 'background' })
  const { sizeBytes } = source
  return createReference({ sha256, sizeBytes, contentType, filename, url, contentEncoding, truncated, dropped })
}

import type { ArtifactState, SpanArtifact } from '../api/contract.js'
import { blobPath, decodedPath } from '../api/endpoints.js'
import { isIdentity } from './content-encoding.js'

/** What is needed to show the bytes of an artifact, wherever it was found. */
export interface ArtifactContent {
  readonly sha256: string
  readonly contentType: string
  readonly sizeBytes: number
  readonly filename: string | undefined
  /** The HTTP content coding that the stored bytes are still in, such as `gzip`. */
  readonly contentEncoding: string | undefined
  readonly truncated: boolean
}

/** What the server verified wins over what the sender claimed. */
export function contentOf(artifact: SpanArtifact): ArtifactContent {
  const { reference, stored } = artifact
  return {
    sha256: reference.sha256,
    contentType: reference.content_type || (stored?.content_type ?? 'application/octet-stream'),
    sizeBytes: stored?.size_bytes ?? reference.size_bytes,
    filename: reference.filename ?? undefined,
    contentEncoding: reference.content_encoding ?? undefined,
    truncated: reference.truncated === true,
  }
}

/** Where the artifact itself is: undone is what the sender compressed. */
export function contentPath({
  sha256,
  contentEncoding,
  truncated,
}: Pick<ArtifactContent, 'sha256' | 'contentEncoding' | 'truncated'>): string {
  if (contentEncoding === undefined || isIdentity(contentEncoding)) return blobPath(sha256)
  return decodedPath(blobPath(sha256), { contentEncoding, truncated })
}

/** A span's own words for an artifact: what it is to the span, not what it is called. */
export function artifactLabel(key: string): string {
  return Object.hasOwn(labels, key) ? (labels[key] ?? key) : key
}

const labels: Readonly<Record<string, string>> = {
  'span_artifacts.http.request.body': 'Request body',
  'span_artifacts.http.response.body': 'Response body',
  'span_artifacts.http.request.files': 'Uploaded file',
  'gen_ai.input.messages': 'Input message',
  'gen_ai.output.messages': 'Output message',
  'gen_ai.system_instructions': 'System instructions',
}

const stateExplanations: Readonly<Record<Exclude<ArtifactState, 'ready' | 'dropped'>, string>> = {
  pending: 'Announced, and still on its way. It appears here as soon as it is complete.',
  missing: 'The span refers to it, and it was not uploaded here. If it still comes, it appears by itself.',
  deleted: 'It was stored here and has been deleted since.',
}

/** Why an artifact cannot be shown. */
export function explainState(state: Exclude<ArtifactState, 'ready' | 'dropped'>): string {
  return stateExplanations[state]
}

import { isRecord, parseJson } from './json.js'

/** The attribute member, and the one own enumerable property of an `Artifact`, under which a reference stands. */
export const ARTIFACT_REFERENCE_KEY = 'logfire.artifact'

/** Longest filename in a reference, in bytes of UTF-8: the limit of the wire protocol and of common file systems. */
export const MAX_FILENAME_BYTES = 255

/** Longest content type in a reference, in characters: RFC 6838 allows 127 + 127 plus parameters. */
export const MAX_CONTENT_TYPE_LENGTH = 255

/** Longest `url`, `field`, `content_encoding` or `dropped` that a reader accepts, in characters. */
const MAX_MEMBER_LENGTH = 2048

/** The client's own reasons not to store an artifact; readers accept any other word too. */
export type DropReason =
  | 'already_shutdown'
  | 'file_not_found'
  | 'file_unreadable'
  | 'not_a_file'
  | 'not_serializable'
  | 'queue_full'
  | 'redaction_failed'
  | 'too_large'
  | 'unreadable'

/**
 * What a span carries in place of the bytes: content-addressed, under 1 KB. Stands in an attribute as the JSON string
 * of `{"logfire.artifact": reference}`.
 */
export interface ArtifactReference {
  /** SHA-256 of the bytes as stored, 64 lower-case hexadecimal digits. */
  sha256: string
  /** Size of the bytes as stored, in bytes. */
  size_bytes: number
  /** Media type, RFC 9110 section 8.3. */
  content_type: string
  /** A name for people; never a path. At most 255 bytes of UTF-8. */
  filename?: string
  /** Where a person can look at it. Stable, never signed. */
  url?: string
  /** `gzip`, `br`, …, when the stored bytes are encoded: RFC 9110 section 8.4. */
  content_encoding?: string
  /** The form field of an uploaded file. */
  field?: string
  /** True when the content was cut before it reached the library. */
  truncated?: boolean
  /** Why the bytes are not stored, when the client already knew. */
  dropped?: string
}

/** What a reference is made of. */
interface ReferenceMembers {
  readonly sha256: string
  readonly sizeBytes: number
  readonly contentType: string
  readonly filename?: string | undefined
  readonly url?: string | undefined
  readonly contentEncoding?: string | undefined
  readonly field?: string | undefined
  readonly truncated?: boolean | undefined
  readonly dropped?: string | undefined
}

/** Makes a reference that has no more members than it needs, and none that a reader would leave out. */
export function createReference(members: ReferenceMembers): ArtifactReference {
  const { sha256, sizeBytes, contentType, filename, url, contentEncoding, field, truncated, dropped } = members
  const reference: ArtifactReference = { sha256, size_bytes: sizeBytes, content_type: contentType }
  if (filename !== undefined) reference.filename = filename
  if (url !== undefined) reference.url = url
  // Who sends a request names both, at any length.
  if (isMemberText(contentEncoding)) reference.content_encoding = contentEncoding
  if (isMemberText(field)) reference.field = field
  if (truncated === true) reference.truncated = true
  if (dropped !== undefined) reference.dropped = dropped
  return reference
}

/** The attribute value for one reference: `{"logfire.artifact":{…}}`. */
export function serializeArtifactReference(reference: ArtifactReference): string {
  // Not pieced together: spans keep it for seconds, and one flat string is the least that can be kept.
  return JSON.stringify({ [ARTIFACT_REFERENCE_KEY]: reference })
}

/** The attribute value for several references: a JSON array of wrapped references. */
export function serializeArtifactReferences(references: readonly ArtifactReference[]): string {
  return JSON.stringify(references.map((reference) => ({ [ARTIFACT_REFERENCE_KEY]: reference })))
}

/**
 * Reads one reference from an attribute value: a JSON string or an object, wrapped as `{"logfire.artifact": {…}}` or
 * flat with `"type": "logfire.artifact"`.
 *
 * Every member is validated and only known members are returned, so that data which merely looks like a reference
 * carries nothing else along. An invalid required member means that it is no reference; an invalid optional one is left
 * out.
 *
 * @returns the reference, or undefined when `value` is none
 */
export function parseArtifactReference(value: unknown): ArtifactReference | undefined {
  const parsed = typeof value === 'string' ? parseStructure(value) : value
  if (!isRecord(parsed)) return undefined
  if (parsed['type'] === ARTIFACT_REFERENCE_KEY) return readMembers(parsed)
  const wrapped = readProperty(parsed, ARTIFACT_REFERENCE_KEY)
  return isRecord(wrapped) ? readMembers(wrapped) : undefined
}

/**
 * Reads the references of an attribute value that holds one or an array of them, as a JSON string or as objects.
 *
 * @returns the valid ones in order; an empty array when there is none
 */
export function parseArtifactReferences(value: unknown): ArtifactReference[] {
  const parsed = typeof value === 'string' ? parseStructure(value) : value
  const candidates: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  return candidates.map(parseArtifactReference).filter((reference) => reference !== undefined)
}

/** Whether `value` is the SHA-256 of something, written as references write it. */
export function isSha256(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

/** Whether `name` is a member of references, and `value` something that it may hold. */
export function isReferenceMember(name: string, value: unknown): boolean {
  return memberChecks.get(name)?.(value) ?? false
}

function readMembers(members: Record<string, unknown>): ArtifactReference | undefined {
  const { sha256, size_bytes: sizeBytes, content_type: contentType } = members
  if (!isSha256(sha256) || !isSize(sizeBytes) || !isContentTypeText(contentType)) return undefined
  const reference: ArtifactReference = { sha256, size_bytes: sizeBytes, content_type: contentType }
  const { filename, url, content_encoding: contentEncoding, field, truncated, dropped } = members
  if (isFilename(filename)) reference.filename = filename
  if (isWebUrl(url)) reference.url = url
  if (isMemberText(contentEncoding)) reference.content_encoding = contentEncoding
  if (isMemberText(field)) reference.field = field
  if (isBoolean(truncated)) reference.truncated = truncated
  if (isMemberText(dropped)) reference.dropped = dropped
  return reference
}

const isSize = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean'
const isContentTypeText = (value: unknown): value is string => isText(value, MAX_CONTENT_TYPE_LENGTH)
const isMemberText = (value: unknown): value is string => isText(value, MAX_MEMBER_LENGTH)
const isFilename = (value: unknown): value is string =>
  isText(value, MAX_FILENAME_BYTES) && new TextEncoder().encode(value).length <= MAX_FILENAME_BYTES

/** Only http and https: a viewer makes a link of it, and `javascript:` must never get that far. */
const isWebUrl = (value: unknown): value is string =>
  isMemberText(value) && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)

const memberChecks: ReadonlyMap<string, (value: unknown) => boolean> = new Map<string, (value: unknown) => boolean>([
  ['sha256', isSha256],
  ['size_bytes', isSize],
  ['content_type', isContentTypeText],
  ['filename', isFilename],
  ['url', isWebUrl],
  ['content_encoding', isMemberText],
  ['field', isMemberText],
  ['truncated', isBoolean],
  ['dropped', isMemberText],
])

function isText(value: unknown, maxLength: number): value is string {
  // Control characters would travel into headers, logs and terminals of whoever reads the reference.
  // eslint-disable-next-line no-control-regex
  return typeof value === 'string' && value !== '' && value.length <= maxLength && !/[\u0000-\u001f\u007f]/.test(value)
}

function readProperty(object: Record<string, unknown>, key: string): unknown {
  try {
    return object[key]
  } catch {
    return undefined
  }
}

/** A reference is an object and a list of them an array: other strings are not worth parsing. */
function parseStructure(text: string): unknown {
  return /^\s*[[{]/.test(text) ? parseJson(text) : undefined
}

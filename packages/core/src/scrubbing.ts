import { parseJson } from './json.js'
import {
  ARTIFACT_REFERENCE_KEY,
  type ArtifactReference,
  isReferenceMember,
  parseArtifactReference,
  serializeArtifactReference,
  serializeArtifactReferences,
} from './reference.js'

/** What a scrubber found: structurally the argument of Logfire's `scrubbing.callback`. */
export interface ScrubMatch {
  /** The way to the value, from the attribute's key down. */
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

/**
 * Keeps references whole when a scrubber's pattern matches a key above them or something in them, such as the filename
 * `session-log.pdf`. Made for Logfire: `scrubbing: { callback: keepArtifactReferences() }`.
 *
 * A value that is a valid reference, or a list of them, is kept with its validated members and nothing else; so is a
 * valid member of a reference. Everything else is left to the other callback, or to the scrubber.
 *
 * @param callback asked about everything that is no reference
 * @returns a callback that returns what to keep, or undefined to let the scrubber have its way
 */
export function keepArtifactReferences<Match extends ScrubMatch>(
  callback?: (match: Match) => unknown,
): (match: Match) => unknown {
  return (match) => keptReference(match.value) ?? keptMember(match) ?? callback?.(match)
}

/** The value again, rebuilt from what was validated, in the form that it had: text stays text. */
function keptReference(value: unknown): unknown {
  const parsed = typeof value === 'string' ? parseJson(value) : value
  if (Array.isArray(parsed)) {
    const references = parsed.map(parseArtifactReference)
    if (references.length === 0 || !references.every((reference) => reference !== undefined)) return undefined
    return typeof value === 'string' ? serializeArtifactReferences(references) : references.map(wrap)
  }
  const reference = parseArtifactReference(parsed)
  if (reference === undefined) return undefined
  return typeof value === 'string' ? serializeArtifactReference(reference) : wrap(reference)
}

function keptMember({ path, value }: ScrubMatch): unknown {
  const name = path.at(-1)
  const isInReference = path.at(-2) === ARTIFACT_REFERENCE_KEY && typeof name === 'string'
  if (isInReference && isReferenceMember(name, value)) return value
  // The whole of a reference, reached through its wrapping key.
  if (name !== ARTIFACT_REFERENCE_KEY) return undefined
  return parseArtifactReference({ [ARTIFACT_REFERENCE_KEY]: value })
}

function wrap(reference: ArtifactReference): Record<string, ArtifactReference> {
  return { [ARTIFACT_REFERENCE_KEY]: reference }
}

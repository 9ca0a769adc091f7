import { ARTIFACT_REFERENCE_KEY, type ArtifactReference, parseArtifactReference } from '@span-artifacts/core'
import { isObject, type JsonObject } from '../json.js'
import type { SpanArtifactLink } from '../storage/catalog/traces.js'

/** More artifacts than this in one span are not linked; the attributes themselves stay whole. */
const maxLinksPerSpan = 1_000
/** Nor are those below a longer key: it would be stored again with every one of them. */
const maxKeyLength = 255
const maxDepth = 32
/** Messages stand under the semantic conventions' names, and under the AI SDK's own in its versions 5 and 6. */
const messagePrefixes = ['gen_ai.', 'ai.'] as const
const unknownContentType = 'application/octet-stream'

/**
 * Finds the artifacts that attributes refer to: references by themselves, in arrays or inside structured values, as
 * JSON text or as objects, and the `uri` parts with a digest in GenAI messages. Each is named once per attribute.
 *
 * @param groups attributes of the span and of its events
 */
export function findArtifactLinks(groups: readonly JsonObject[]): SpanArtifactLink[] {
  const links = new Map<string, SpanArtifactLink>()
  for (const attributes of groups) {
    for (const key of Object.keys(attributes)) {
      if (key.length > maxKeyLength) continue
      const holdsMessages = messagePrefixes.some((prefix) => key.startsWith(prefix))
      for (const reference of referencesIn(attributes[key], { holdsMessages, depth: 0 })) {
        if (links.size >= maxLinksPerSpan) return [...links.values()]
        const identity = `${reference.sha256} ${key}`
        if (!links.has(identity)) links.set(identity, { key, reference })
      }
    }
  }
  return [...links.values()]
}

interface Place {
  holdsMessages: boolean
  depth: number
}

function* referencesIn(value: unknown, place: Place): Generator<ArtifactReference> {
  if (place.depth > maxDepth) return
  const below = { ...place, depth: place.depth + 1 }
  if (typeof value === 'string') {
    if (mayHoldReference(value, place)) yield* referencesIn(parseText(value), below)
  } else if (Array.isArray(value)) {
    for (const item of value) yield* referencesIn(item, below)
  } else if (isObject(value)) {
    const reference = parseArtifactReference(value) ?? (place.holdsMessages ? parseUriPart(value) : undefined)
    if (reference !== undefined) yield reference
    else for (const member of Object.values(value)) yield* referencesIn(member, below)
  }
}

/** Spares the parsing of every long text that is no reference. */
function mayHoldReference(text: string, place: Place): boolean {
  return (
    /^\s*[[{]/.test(text) && (text.includes(ARTIFACT_REFERENCE_KEY) || (place.holdsMessages && text.includes('sha256')))
  )
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A media part of a GenAI message: OpenTelemetry's `UriPart` with our `sha256` and `byte_size`. */
function parseUriPart(part: Record<string, unknown>): ArtifactReference | undefined {
  if (part['type'] !== 'uri' || typeof part['sha256'] !== 'string') return undefined
  const { mime_type: contentType, uri, filename, dropped } = part
  return parseArtifactReference({
    [ARTIFACT_REFERENCE_KEY]: {
      sha256: part['sha256'],
      size_bytes: part['byte_size'],
      content_type: typeof contentType === 'string' ? contentType : unknownContentType,
      ...(typeof filename === 'string' && { filename }),
      ...(typeof dropped === 'string' && { dropped }),
      ...(typeof uri === 'string' && /^https?:/.test(uri) && { url: uri }),
    },
  })
}

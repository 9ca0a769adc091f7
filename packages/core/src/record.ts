import type { Span } from '@opentelemetry/api'
import { Artifact, type ArtifactOptions } from './artifact.js'
import { diagnostics } from './diagnostics.js'
import { isAsyncData } from './open-source.js'
import { serializeArtifactReference, serializeArtifactReferences } from './reference.js'

/**
 * Attaches binary content to a span: sets the attribute `key` to a small reference and uploads the content in the
 * background. Never throws and never blocks.
 *
 * At most 1 MiB is hashed at once, and the attribute is set before this returns. Larger content is hashed in slices, and
 * files, Blobs and streams are read, while the application goes on; the attribute is set when the digest is known, so keep
 * the span open until then. A span that is not recording is left alone, and nothing is read or uploaded.
 *
 * @param span the span that the content belongs to
 * @param key the attribute's name
 * @param data anything that `Artifact.from` takes, an Artifact, or an array of Artifacts
 * @param options for data that is not an Artifact yet
 * @returns the artifact; undefined for an array, for data that has to be read first, and for a span that is not recording
 */
export function recordArtifact(
  span: Span,
  key: string,
  data: unknown,
  options: ArtifactOptions = {},
): Artifact | undefined {
  try {
    if (!span.isRecording()) return undefined
    if (isArtifactList(data)) {
      const references = data.map((artifact) => artifact.referenceWhenReady())
      setWhenReady(span, key, settleAll(references), serializeArtifactReferences)
      return undefined
    }
    if (isAsyncData(data) || data instanceof Promise) {
      const reference = Artifact.from(data, options).then((artifact) => artifact.referenceWhenReady())
      setWhenReady(span, key, reference, serializeArtifactReference)
      return undefined
    }
    const artifact = Artifact.isInstance(data) ? data : new Artifact(data, options)
    setWhenReady(span, key, artifact.referenceWhenReady(), serializeArtifactReference)
    return artifact
  } catch (error) {
    warn(key, error)
    return undefined
  }
}

function setWhenReady<T>(span: Span, key: string, value: T | Promise<T>, serialize: (value: T) => string): void {
  if (!(value instanceof Promise)) {
    span.setAttribute(key, serialize(value))
    return
  }
  value
    .then((ready) => {
      if (!span.isRecording()) {
        diagnostics.warn('span_ended', `the span ended before the artifact ${key} was ready: keep it open until then`)
      }
      span.setAttribute(key, serialize(ready))
    })
    .catch((error: unknown) => warn(key, error))
}

/** Not a promise where every value is there already. */
function settleAll<T>(values: readonly (T | Promise<T>)[]): T[] | Promise<T[]> {
  const ready = values.filter((value): value is T => !(value instanceof Promise))
  return ready.length === values.length ? ready : Promise.all(values)
}

function isArtifactList(data: unknown): data is Artifact[] {
  return Array.isArray(data) && data.length > 0 && data.every((item) => Artifact.isInstance(item))
}

function warn(key: string, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  diagnostics.warn('unexpected_error', `the artifact ${key} could not be recorded: ${reason}`)
}

import type { Span } from '@opentelemetry/api'
import { Artifact, type ArtifactOptions } from './artifact.js'
import { diagnostics } from './diagnostics.js'
import { ArtifactError, nameOfForeignError } from './errors.js'
import { type AnnouncedReference, announceLateReference } from './late-references.js'
import { isAsyncData } from './open-source.js'
import { serializeArtifactReference, serializeArtifactReferences } from './reference.js'
import { unreadableSource } from './source.js'

/**
 * Attaches binary content to a span: sets the attribute `key` to a small reference and uploads the content in the
 * background. Never throws and never blocks.
 *
 * At most 1 MiB is hashed at once, and the attribute is set before this returns. Larger content is hashed in slices, and
 * files, Blobs and streams are read, while the application goes on; the attribute is set when the digest is known, so keep
 * the span open until then, or export through an `ArtifactSpanProcessor`, which waits for it. A span that is not recording is left alone, and nothing is read or uploaded.
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
      const reference = openVisibly(data, options).then((artifact) => artifact.referenceWhenReady())
      setWhenReady(span, key, reference, serializeArtifactReference)
      return undefined
    }
    const artifact = Artifact.isInstance(data) ? data : makeVisibly(data, options)
    setWhenReady(span, key, artifact.referenceWhenReady(), serializeArtifactReference)
    return artifact
  } catch (error) {
    warn(key, error)
    return undefined
  }
}

/** With `sync`, bad data throws. Here nobody catches it: the span says so instead. */
function makeVisibly(data: unknown, options: ArtifactOptions): Artifact {
  try {
    return new Artifact(data, options)
  } catch (error) {
    return unreadableArtifact(error, options)
  }
}

async function openVisibly(data: unknown, options: ArtifactOptions): Promise<Artifact> {
  try {
    return await Artifact.from(data, options)
  } catch (error) {
    return unreadableArtifact(error, options)
  }
}

function unreadableArtifact(error: unknown, options: ArtifactOptions): Artifact {
  if (!ArtifactError.isInstance(error)) throw error
  diagnostics.warn('unreadable_data', error.message)
  return new Artifact(unreadableSource(error), options)
}

function setWhenReady<T>(span: Span, key: string, value: T | Promise<T>, serialize: (value: T) => string): void {
  if (value instanceof Promise) {
    const late = announceLateReference(span.spanContext(), key)
    void setLater(span, key, value.then(serialize), late)
  } else {
    span.setAttribute(key, serialize(value))
  }
}

async function setLater(
  span: Span,
  key: string,
  value: Promise<string>,
  { reference, settle }: AnnouncedReference,
): Promise<void> {
  try {
    const attribute = await value
    if (span.isRecording()) span.setAttribute(key, attribute)
    // An ArtifactSpanProcessor holds the ended span back for it.
    else if (reference.isAwaited) settle(attribute)
    else diagnostics.warn('span_ended', `the span ended before the artifact ${key} was ready: keep it open until then`)
  } catch (error) {
    warn(key, error)
  } finally {
    settle(undefined)
  }
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
  const reason = ArtifactError.isInstance(error) ? error.message : nameOfForeignError(error)
  diagnostics.warn('unexpected_error', `the artifact ${key} could not be recorded: ${reason}`)
}

import { Artifact, type ArtifactOptions, type ArtifactReference } from '@span-artifacts/core'
import { shield } from '../diagnostics.js'
import type { Settings } from '../options.js'
import { encodeBase64 } from './base64.js'
import { LazyPart } from './lazy-part.js'
import type { Media } from './media-object.js'
import { isFullMediaType, matchesMediaType, modalityOf } from './media-type.js'
import { isLongerThan, previewOf } from './preview.js'
import { replaceMedia } from './replace-media.js'
import { type UriPart, uriPart } from './uri-part.js'
import type { WriterContext } from './writer-context.js'

const TEXT_TYPE = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json'

/**
 * Builds the parts of the messages of one attribute, as the OpenTelemetry GenAI conventions define them. What is not
 * short text becomes an artifact, and a `uri` part stands for it.
 *
 * Writing a part submits it for upload: write only what is recorded.
 */
export interface PartWriter {
  /** A file: its artifact, or its address where somebody else keeps it. */
  readonly media: (media: Media) => unknown
  /** Something that was said or thought. */
  readonly text: (type: 'text' | 'reasoning', content: string) => unknown
  /** A text that is no part: itself, or the part that stands for it. */
  readonly string: (text: string) => unknown
  /** What a tool was given or answered, of any shape. Media in it are replaced; if it stays too long, all of it is. */
  readonly value: (value: unknown) => unknown
}

interface LongTextOptions {
  readonly contentType: string
  readonly filename?: string | undefined
  readonly reasoning?: true
}

/**
 * @param pending receives a promise for every artifact that is being hashed. The parts can be turned into JSON at any
 *   time, but only when all of these have settled does that take no time
 */
export function createPartWriter(context: WriterContext, pending: Promise<unknown>[]): PartWriter {
  const { settings, decoded, hashing } = context
  const isLong = (text: string): boolean => isLongerThan(text, settings.maxInlineBytes)

  /** The part of an artifact, now or when its digest is known. */
  const artifactPart = (artifact: Artifact, describePart: (reference: ArtifactReference) => UriPart): unknown => {
    const ready = artifact.referenceWhenReady()
    if (!(ready instanceof Promise)) return describePart(ready)
    // Why it failed is told when the part is written; here a failure only must not go unhandled.
    pending.push(ready.catch(() => undefined))
    return new LazyPart(() => describePart(artifact.reference()))
  }

  const longText = (text: string, options: LongTextOptions): unknown => {
    const { contentType, filename, reasoning } = options
    const artifact = createArtifact(text, { contentType, filename }, settings)
    const marks = reasoning === undefined ? {} : { reasoning }
    const preview = previewOf(text, settings.previewBytes)
    return artifactPart(artifact, (reference) => ({ ...uriPart(reference), preview, ...marks }))
  }

  /** One artifact for a buffer that is being hashed, however often it is written meanwhile. */
  const artifactOf = (owner: Uint8Array | ArrayBuffer, { mediaType, filename }: Media): Artifact => {
    const inProgress = hashing.get(owner)
    if (inProgress !== undefined && inProgress.filename === filename) return inProgress
    const contentType = isFullMediaType(mediaType) ? mediaType : undefined
    return createArtifact(owner, { contentType, filename }, settings)
  }

  const file = (bytes: Uint8Array | ArrayBuffer, media: Media): unknown => {
    const owner = ownerOf(bytes)
    const artifact = artifactOf(owner, media)
    const marks: { reasoning?: true } = media.reasoning === true ? { reasoning: true } : {}
    if (!matchesMediaType(artifact.contentType, settings.mediaTypes)) {
      return { type: 'omitted', ...describe(media), byte_size: bytes.byteLength, dropped: 'media_type', ...marks }
    }
    if (bytes.byteLength < settings.minBytes) {
      const described = describe({ ...media, mediaType: artifact.contentType })
      return { type: 'blob', ...described, content: encodeBase64(bytes), ...marks }
    }
    const part = artifactPart(artifact, (reference) => ({ ...uriPart(reference, media.mediaType), ...marks }))
    if (part instanceof LazyPart) {
      hashing.set(owner, artifact)
      void forgetAfter(pending.at(-1), () => hashing.delete(owner))
    }
    return part
  }

  const writer: PartWriter = {
    media(media) {
      const { data, filename } = media
      switch (data.kind) {
        case 'bytes':
          return file(data.bytes, media)
        case 'base64':
          return file(decoded.decode(data.base64), media)
        case 'url':
          // What is no address at all may stand there as well.
          if (isLong(data.url)) return longText(data.url, { contentType: TEXT_TYPE, filename })
          return { type: 'uri', ...describe(media), uri: data.url }
        case 'reference':
          return { type: 'file', ...describe(media), file_id: data.fileId }
        case 'text':
        default: {
          if (!isLong(data.text)) return { type: 'text', content: data.text, ...named(filename) }
          return longText(data.text, {
            contentType: isFullMediaType(media.mediaType) ? media.mediaType : TEXT_TYPE,
            filename,
          })
        }
      }
    },
    text(type, content) {
      if (!isLong(content)) return { type, content }
      return longText(content, { contentType: TEXT_TYPE, ...(type === 'reasoning' ? { reasoning: true } : {}) })
    },
    string: (text) => (isLong(text) ? longText(text, { contentType: TEXT_TYPE }) : text),
    value(value) {
      const alreadyPending = pending.length
      const replaced = shield('reading tool data', () => ({ plain: replaceMedia(value, { media: writer.media }) }))
      // One value that JSON cannot hold must not cost the message around it.
      if (replaced === undefined) return { type: 'omitted', dropped: 'not_serializable' }
      const { plain } = replaced
      if (typeof plain === 'string') return writer.string(plain)
      const shorten = (): unknown => {
        const json = JSON.stringify(plain) ?? 'null'
        return isLong(json) ? longText(json, { contentType: JSON_TYPE }) : plain
      }
      // The JSON names the artifacts inside it: it cannot be written before their digests are known.
      return pending.length > alreadyPending ? new LazyPart(shorten) : shorten()
    },
  }
  return writer
}

/** Once hashed, a buffer may change: its next appearance has to be looked at anew. */
async function forgetAfter(hashed: Promise<unknown> | undefined, forget: () => void): Promise<void> {
  await hashed
  forget()
}

function createArtifact(
  data: unknown,
  options: { contentType: string | undefined; filename: string | undefined },
  settings: Settings,
): Artifact {
  const known: ArtifactOptions = {}
  if (options.contentType !== undefined) known.contentType = options.contentType
  if (options.filename !== undefined) known.filename = options.filename
  if (settings.client !== undefined) known.client = settings.client
  return new Artifact(data, known)
}

function describe(media: Media): { modality: string; mime_type: string | null; filename?: string } {
  const { mediaType, filename } = media
  return {
    modality: modalityOf(mediaType),
    mime_type: isFullMediaType(mediaType) ? mediaType : null,
    ...named(filename),
  }
}

/** As long as a name in a reference may be, in characters. */
const MAX_NAME_LENGTH = 255

function named(filename: string | undefined): { filename?: string } {
  return filename === undefined ? {} : { filename: filename.slice(0, MAX_NAME_LENGTH) }
}

/**
 * The object by which the digest of some bytes is remembered. The AI SDK makes a new view of the same buffer on every
 * turn, so where a view covers a whole buffer it is the buffer that counts.
 */
function ownerOf(bytes: Uint8Array | ArrayBuffer): Uint8Array | ArrayBuffer {
  if (bytes instanceof ArrayBuffer) return bytes
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes
}

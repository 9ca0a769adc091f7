import { Artifact, type ArtifactOptions } from '@span-artifacts/core'
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

/** An escaped control character, `\u0000`; everything else takes less. */
const MAX_JSON_BYTES_PER_CHARACTER = 6

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
  /** What a tool was given or answered, of any shape. Media in it are replaced, however deep. */
  readonly value: (value: unknown) => unknown
  /** As `value`, but keeps the structure however large it is: each long text in it is replaced on its own. */
  readonly shape: (value: unknown) => unknown
  /** As `shape`, but keeps the texts too. */
  readonly withoutMedia: (value: unknown) => unknown
}

/**
 * @param pending receives a promise for every artifact that is being hashed. The parts can be turned into JSON at any
 *   time, but only when all of these have settled does that take no time
 */
export function createPartWriter(context: WriterContext, pending: Promise<unknown>[]): PartWriter {
  const { settings, decoded, hashing } = context

  const longText = (text: string, contentType: string, filename?: string): UriPart => {
    const artifact = createArtifact(text, { contentType, filename }, settings)
    return { ...uriPart(artifact.reference()), preview: previewOf(text, settings.previewBytes) }
  }

  const artifactPart = (bytes: Uint8Array | ArrayBuffer, media: Media): unknown => {
    const owner = ownerOf(bytes)
    const { filename } = media
    const contentType = isFullMediaType(media.mediaType) ? media.mediaType : undefined
    const inProgress = hashing.get(owner)
    const artifact =
      inProgress !== undefined && inProgress.filename === filename
        ? inProgress
        : createArtifact(owner, { contentType, filename }, settings)
    const marks = media.reasoning === true ? { reasoning: true } : undefined
    if (!matchesMediaType(artifact.contentType, settings.mediaTypes)) {
      return { type: 'omitted', ...describe(media), byte_size: bytes.byteLength, dropped: 'media_type', ...marks }
    }
    if (bytes.byteLength < settings.minBytes) {
      return {
        type: 'blob',
        ...describe({ ...media, mediaType: artifact.contentType }),
        content: encodeBase64(bytes),
        ...marks,
      }
    }
    const ready = artifact.referenceWhenReady()
    if (!(ready instanceof Promise)) return { ...uriPart(ready, media.mediaType), ...marks }
    hashing.set(owner, artifact)
    pending.push(ready.finally(() => hashing.delete(owner)))
    return new LazyPart(() => ({ ...uriPart(artifact.reference(), media.mediaType), ...marks }))
  }

  const shortenText = (text: string): unknown =>
    isLongerThan(text, settings.maxInlineBytes) ? longText(text, TEXT_TYPE) : text

  const writer: PartWriter = {
    media(media) {
      const { data, filename } = media
      switch (data.kind) {
        case 'bytes':
          return artifactPart(data.bytes, media)
        case 'base64':
          return artifactPart(decoded.decode(data.base64), media)
        case 'url':
          return { type: 'uri', ...describe(media), uri: data.url }
        case 'reference':
          return { type: 'file', ...describe(media), file_id: data.fileId }
        case 'text':
        default:
          return isLongerThan(data.text, settings.maxInlineBytes)
            ? longText(data.text, isFullMediaType(media.mediaType) ? media.mediaType : TEXT_TYPE, filename)
            : { type: 'text', content: data.text, ...(filename === undefined ? {} : { filename }) }
      }
    },
    text(type, text) {
      if (!isLongerThan(text, settings.maxInlineBytes)) return { type, content: text }
      const part = longText(text, TEXT_TYPE)
      return type === 'reasoning' ? { ...part, reasoning: true } : part
    },
    value(value) {
      const { plain, characters } = replaceMedia(value, { media: writer.media, text: keep })
      if (characters * MAX_JSON_BYTES_PER_CHARACTER <= settings.maxInlineBytes) return plain
      // The JSON names the artifacts inside it, so their digests are needed first.
      return new LazyPart(() => {
        const json = typeof plain === 'string' ? plain : (JSON.stringify(plain) ?? 'null')
        if (!isLongerThan(json, settings.maxInlineBytes)) return plain
        return longText(json, typeof plain === 'string' ? TEXT_TYPE : JSON_TYPE)
      })
    },
    shape: (value) => replaceMedia(value, { media: writer.media, text: shortenText }).plain,
    withoutMedia: (value) => replaceMedia(value, { media: writer.media, text: keep }).plain,
  }
  return writer
}

function keep(text: string): string {
  return text
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
    ...(filename === undefined ? {} : { filename }),
  }
}

/**
 * The object by which the digest of some bytes is remembered. The AI SDK makes a new view of the same buffer on every
 * turn, so where a view covers a whole buffer it is the buffer that counts.
 */
function ownerOf(bytes: Uint8Array | ArrayBuffer): Uint8Array | ArrayBuffer {
  if (bytes instanceof ArrayBuffer) return bytes
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes
}

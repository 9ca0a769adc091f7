import type { Media } from '../parts/media-object.js'
import { type MediaData, readMediaData } from '../parts/media-data.js'
import { isRecord, textOf, type UnknownRecord } from '../record.js'

/** What a call of a model that is no language model does. */
export type MediaOperation = 'generate_image' | 'generate_video' | 'generate_speech' | 'transcribe'

/** Text and media, in the order in which a person would say them. */
export type MediaMessage = readonly (string | Media)[]

/**
 * What a call of `doGenerate` is for. Image, video, speech and transcription models do not say what they are; what they
 * are given does.
 *
 * @param options the first argument of the call
 * @returns undefined for other models
 */
export function operationOf(options: UnknownRecord): MediaOperation | undefined {
  if ('audio' in options) return 'transcribe'
  if (typeof options['text'] === 'string') return 'generate_speech'
  if (!('n' in options)) return undefined
  return 'fps' in options || 'duration' in options ? 'generate_video' : 'generate_image'
}

/** What a model was given: prompt, text, audio, pictures to start from. */
export function readMediaInput(options: UnknownRecord): MediaMessage {
  const { audio, mediaType, mask, image } = options
  const files = [
    ...arrayOf(options['files']),
    mask,
    image,
    ...arrayOf(options['frameImages']),
    ...arrayOf(options['inputReferences']),
  ]
  return [
    textOf(options['prompt']) ?? textOf(options['text']),
    mediaOf(audio, textOf(mediaType) ?? 'audio'),
    ...files.map((file) => readFile(isRecord(file) && 'image' in file ? file['image'] : file)),
  ].filter((part) => part !== undefined)
}

/** What a model made: images, videos, audio, or the text of a transcription. */
export function readMediaOutput(result: unknown, operation: MediaOperation): MediaMessage {
  if (!isRecord(result)) return []
  const transcript = operation === 'transcribe' ? textOf(result['text']) : undefined
  return [
    transcript,
    mediaOf(result['audio'], 'audio'),
    ...arrayOf(result['images']).map((image) => mediaOf(image, 'image')),
    ...arrayOf(result['videos']).map(readFile),
  ].filter((part) => part !== undefined)
}

/** `{ type: 'file', data, mediaType }` and `{ type: 'url', url }` of image and video models, and their results. */
function readFile(file: unknown): Media | undefined {
  if (!isRecord(file)) return undefined
  return mediaOf(file['data'] ?? file['url'], textOf(file['mediaType']))
}

function mediaOf(value: unknown, mediaType: string | undefined): Media | undefined {
  const data: MediaData | undefined = readMediaData(value)
  return data === undefined ? undefined : { data, mediaType }
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

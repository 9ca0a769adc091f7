/** The general kinds of media that the GenAI conventions know, and what every other file is. */
export type Modality = 'image' | 'audio' | 'video' | 'document'

/** The modality of a media type. A PDF is a document; so is everything whose type says nothing better. */
export function modalityOf(mediaType: string | undefined): Modality {
  const kind = /^(image|audio|video)(?:\/|$)/i.exec(mediaType ?? '')?.[1]?.toLowerCase()
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'document'
}

/** The longest type that a reference may have, in characters. */
const MAX_MEDIA_TYPE_LENGTH = 255

/** `type/subtype` and parameters of visible ASCII, as a header may have them. */
const mediaTypePattern = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *;[\x20-\x7e]*)?$/

/** Whether a type names one format. The AI SDK also takes `image` and ranges such as `image/*`. */
export function isFullMediaType(mediaType: string | undefined): mediaType is string {
  return mediaType !== undefined && mediaType.length <= MAX_MEDIA_TYPE_LENGTH && mediaTypePattern.test(mediaType)
}

/**
 * Whether a type is among those asked for.
 *
 * @param patterns full types, or ranges such as `image/*`; undefined asks for all
 */
export function matchesMediaType(mediaType: string, patterns: readonly string[] | undefined): boolean {
  if (patterns === undefined) return true
  const [type = ''] = mediaType.toLowerCase().split(';', 1)
  return patterns.some((pattern) => {
    const wanted = pattern.toLowerCase()
    if (wanted === '*/*') return true
    return wanted.endsWith('/*') ? type.startsWith(wanted.slice(0, -1)) : type.trim() === wanted
  })
}

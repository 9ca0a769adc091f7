import { isRecord } from '../record.js'
import { findMedia, type Media } from './media-object.js'

/** How deep data is followed: far beyond real tool results, well within the stack. */
const MAX_DEPTH = 100

/** What a replaced medium takes in JSON, roughly, in characters. */
const PART_CHARACTERS = 300

/** How media and long texts inside a value are written. */
export interface ValueReplacement {
  readonly media: (media: Media) => unknown
  /** Called for every string that is no medium. */
  readonly text: (text: string) => unknown
}

/** A value whose media were replaced, ready for `JSON.stringify`. */
export interface ReplacedValue {
  readonly plain: unknown
  /** Its size, in characters before JSON escapes them: never less than a sixth of the JSON's size in bytes. */
  readonly characters: number
}

/**
 * Copies a value of unknown shape and replaces the media in it. What JSON cannot hold becomes what it can: a bigint its
 * digits, a Map or Set its entries, an Error its name and message.
 */
export function replaceMedia(value: unknown, replacement: ValueReplacement): ReplacedValue {
  let characters = 0

  const visit = (item: unknown, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw new RangeError(`the value nests deeper than ${MAX_DEPTH} levels`)
    const media = typeof item === 'string' || (typeof item === 'object' && item !== null) ? findMedia(item) : undefined
    if (media !== undefined) {
      characters += PART_CHARACTERS
      return replacement.media(media)
    }
    switch (typeof item) {
      case 'string':
        characters += item.length + 2
        return replacement.text(item)
      case 'bigint':
        characters += item.toString().length
        return String(item)
      case 'object':
        return item === null ? null : visitObject(item, depth)
      case 'number':
      case 'boolean':
        characters += 5
        return item
      case 'undefined':
      case 'function':
      case 'symbol':
      default:
        return undefined
    }
  }

  const visitObject = (object: object, depth: number): unknown => {
    characters += 2
    if (Array.isArray(object)) return object.map((item) => visit(item, depth + 1))
    if (object instanceof Map) return visit([...object], depth + 1)
    if (object instanceof Set) return visit([...object], depth + 1)
    if (object instanceof Error) return visit({ name: object.name, message: object.message }, depth + 1)
    if (hasToJson(object)) return visit(object.toJSON(), depth + 1)
    if (!isRecord(object)) return undefined
    const entries = Object.entries(object).map(([key, member]) => {
      characters += key.length + 4
      return [key, visit(member, depth + 1)] as const
    })
    return Object.fromEntries(entries)
  }

  const plain = visit(value, 0)
  return { plain, characters }
}

function hasToJson(object: object): object is { toJSON(): unknown } {
  return 'toJSON' in object && typeof object.toJSON === 'function'
}

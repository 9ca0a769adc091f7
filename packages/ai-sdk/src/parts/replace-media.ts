import { isRecord, type UnknownRecord } from '../record.js'
import { findMedia, type Media } from './media-object.js'

/** How deep data is followed: far beyond real tool results, well within the stack. */
const MAX_DEPTH = 500

/** How many objects are followed. One that is shared counts as often as it appears: `[x, x]` in `[x, x]` … has no end. */
const MAX_OBJECTS = 1_000_000

/** How many values are followed in all: the objects that are shared may hold many numbers. */
const MAX_VALUES = 10_000_000

/** How what is found inside a value is written. */
export interface ValueReplacement {
  readonly media: (media: Media) => unknown
  /** Called for every string that is no medium. Default: it stays. */
  readonly text?: (text: string) => unknown
  /** Called for every object before anything else; undefined lets it be treated as any other. */
  readonly record?: (record: UnknownRecord) => unknown
}

/**
 * Copies a value of unknown shape and replaces the media in it, ready for `JSON.stringify`. What JSON cannot hold
 * becomes what it can: a bigint its digits, a Map or Set its entries, an Error its name and message.
 *
 * @throws TypeError for a cycle, RangeError for nesting deeper than 500 levels and for more than a million objects
 *   or ten million values
 */
export function replaceMedia(value: unknown, replacement: ValueReplacement): unknown {
  const { text = (unchanged) => unchanged } = replacement
  const ancestors = new Set<object>()
  let objects = 0
  let values = 0

  const visit = (item: unknown): unknown => {
    values += 1
    if (values > MAX_VALUES) throw new RangeError(`the value has more than ${MAX_VALUES} members`)
    switch (typeof item) {
      case 'string': {
        const media = findMedia(item)
        return media === undefined ? text(item) : replacement.media(media)
      }
      case 'bigint':
        return String(item)
      case 'object':
        return item === null ? null : visitObject(item)
      case 'number':
      case 'boolean':
        return item
      case 'undefined':
      case 'function':
      case 'symbol':
      default:
        return undefined
    }
  }

  const visitObject = (object: object): unknown => {
    const replaced = isRecord(object) ? replacement.record?.(object) : undefined
    if (replaced !== undefined) return replaced
    const media = findMedia(object)
    if (media !== undefined) return replacement.media(media)
    if (ancestors.has(object)) throw new TypeError('the value contains itself: JSON cannot hold a cycle')
    if (ancestors.size >= MAX_DEPTH) throw new RangeError(`the value nests deeper than ${MAX_DEPTH} levels`)
    objects += 1
    if (objects > MAX_OBJECTS) throw new RangeError(`the value has more than ${MAX_OBJECTS} objects`)
    ancestors.add(object)
    const copy = visitMembers(object)
    ancestors.delete(object)
    return copy
  }

  const visitMembers = (object: object): unknown => {
    if (Array.isArray(object)) return object.map(visit)
    if (object instanceof Map || object instanceof Set) return visit([...object])
    if (object instanceof Error) return visit({ name: object.name, message: object.message })
    const json = hasToJson(object) ? object.toJSON() : object
    if (json !== object) return visit(json)
    return Object.fromEntries(Object.entries(object).map(([key, member]) => [key, visit(member)]))
  }

  return visit(value)
}

function hasToJson(object: object): object is { toJSON(): unknown } {
  return 'toJSON' in object && typeof object.toJSON === 'function'
}

import { endOfString, skipWhiteSpace, unquote } from './json-text.js'
import type { SensitiveKeys } from './sensitive-keys.js'

/**
 * `{"name": "password", "value": "…"}` in any order, as forms, headers and environments are written: the key is a value. In
 * capitals as .NET and AWS write them.
 */
export const NAME_KEYS: ReadonlySet<string> = new Set(['name', 'key', 'field', 'Name', 'Key', 'Field'])
export const VALUE_KEYS: ReadonlySet<string> = new Set(['value', 'Value'])

/** Under this key Node keeps headers as one list, in which names and values take turns. */
export const RAW_HEADERS_KEY = 'rawHeaders'

/** What is longer is prose that speaks of passwords: two texts are no pair of a key and its value. */
const MAX_PAIR_KEY_LENGTH = 100
/** Scopes of OAuth are addresses, and listed. */
const address = /^(?:[a-z][a-z\d+.-]*:\/\/|urn:)/i
const upToFourWords = /^\s*\S+(?:\s+\S+){0,3}\s*$/

/** Whether this is a key where it comes first in a list of two, as entries of objects, headers and forms are written. */
export function isPairKey(text: string, keys: SensitiveKeys): boolean {
  const isKey = text.length <= MAX_PAIR_KEY_LENGTH && upToFourWords.test(text) && !address.test(text)
  return isKey && keys.canBeSecret(text)
}

/**
 * Finds the values whose keys do not stand before a colon: in `{"value": "…", "name": "password"}` of any order, in pairs such
 * as `["password", "…"]`, and in `"rawHeaders": ["Cookie", "…"]`. Takes linear time.
 *
 * @param options.maxStrings what follows on so many strings is not looked at
 * @param options.isCutOff whether names may have stood behind the end of the text
 * @returns what a value is called, if that can be a sensitive key, by the place where the value begins; `null` where its name
 *   may be missing
 */
export function findNamedValues(
  text: string,
  keys: SensitiveKeys,
  { maxStrings, isCutOff }: { maxStrings: number; isCutOff: boolean },
): ReadonlyMap<number, string | null> {
  const search = new NamedValueSearch(keys)
  let position = 0
  for (let strings = 0; strings < maxStrings; strings += 1) {
    const quote = text.indexOf('"', position)
    const before = search.readPunctuation(text, position, quote === -1 ? text.length : quote)
    const end = quote === -1 ? undefined : endOfString(text, quote)
    if (end === undefined) break
    position = end
    const next = skipWhiteSpace(text, end)
    const token = text.slice(quote, end)
    if (text[next] === ':') search.readKey(token, text, skipWhiteSpace(text, next + 1))
    else if (search.isName(quote)) search.readName(token)
    else if (text[next] === ',') search.readElement(token, before === '[', skipWhiteSpace(text, next + 1))
  }
  return search.finish(isCutOff)
}

/** An object that is still open, of which a name or a value was seen. */
interface OpenObject {
  readonly kind: 'object'
  readonly depth: number
  hasName: boolean
  sensitiveName: string | undefined
  /** Where they begin: members may come twice. */
  readonly values: number[]
}

/** A list that is still open, and a pair if nothing follows on the second element. */
interface OpenPair {
  readonly kind: 'pair'
  readonly depth: number
  readonly key: string
  readonly value: number
  commas: number
}

interface OpenHeaders {
  readonly kind: 'headers'
  readonly depth: number
  commas: number
}

class NamedValueSearch {
  readonly #keys: SensitiveKeys
  readonly #found = new Map<number, string | null>()
  /** The innermost last. Only what matters: there may be millions of brackets. */
  readonly #open: (OpenObject | OpenPair | OpenHeaders)[] = []
  #depth = 0
  #nameStart = -1

  constructor(keys: SensitiveKeys) {
    this.#keys = keys
  }

  /** @returns the last of the characters that is no white space */
  readPunctuation(text: string, from: number, until: number): string {
    let last = 0
    for (let index = from; index < until; index += 1) {
      const code = text.charCodeAt(index)
      if (code === OPENING_BRACKET || code === OPENING_BRACE) this.#depth += 1
      else if (code === CLOSING_BRACKET || code === CLOSING_BRACE) this.#leave()
      else if (code === COMMA) this.#countElement()
      if (code > SPACE) last = code
    }
    return String.fromCharCode(last)
  }

  readKey(token: string, text: string, valueStart: number): void {
    const key = unquote(token)
    if (VALUE_KEYS.has(key)) this.#object().values.push(valueStart)
    else if (NAME_KEYS.has(key)) this.#nameStart = valueStart
    else if (key === RAW_HEADERS_KEY && text[valueStart] === '[') {
      this.#open.push({ kind: 'headers', depth: this.#depth + 1, commas: 0 })
    }
  }

  /** Whether a string that begins here is the value of a `name`. */
  isName(start: number): boolean {
    return start === this.#nameStart
  }

  readName(token: string): void {
    const name = unquote(token)
    const object = this.#object()
    object.hasName = true
    // Of several names the stricter one counts: a number is no secret as `max_tokens`, but as `password`.
    const isStrict = object.sensitiveName !== undefined && this.#keys.isSecret(object.sensitiveName, NUMBER)
    if (!isStrict && this.#keys.canBeSecret(name)) object.sensitiveName = name
  }

  /** @param next where the next element of the list begins */
  readElement(token: string, isFirst: boolean, next: number): void {
    const list = this.#innermost()
    if (list?.kind === 'headers') {
      const name = unquote(token)
      if (list.commas % 2 === 0 && this.#keys.canBeSecret(name)) this.#found.set(next, name)
    } else if (isFirst) {
      const key = unquote(token)
      if (isPairKey(key, this.#keys)) {
        this.#open.push({ kind: 'pair', depth: this.#depth, key, value: next, commas: 0 })
      }
    }
  }

  finish(isCutOff: boolean): ReadonlyMap<number, string | null> {
    for (const open of this.#open) {
      this.#close(open)
      if (!isCutOff || open.kind !== 'object' || open.hasName) continue
      for (const value of open.values) this.#found.set(value, null)
    }
    return this.#found
  }

  /** What is known of the object or the list that the search is in. */
  #innermost(): OpenObject | OpenPair | OpenHeaders | undefined {
    const last = this.#open.at(-1)
    return last?.depth === this.#depth ? last : undefined
  }

  #object(): OpenObject {
    const innermost = this.#innermost()
    if (innermost?.kind === 'object') return innermost
    const object: OpenObject = {
      kind: 'object',
      depth: this.#depth,
      hasName: false,
      sensitiveName: undefined,
      values: [],
    }
    this.#open.push(object)
    return object
  }

  #countElement(): void {
    const list = this.#innermost()
    if (list !== undefined && list.kind !== 'object') list.commas += 1
  }

  #leave(): void {
    const innermost = this.#innermost()
    if (innermost !== undefined) {
      this.#open.pop()
      this.#close(innermost)
    }
    this.#depth -= 1
  }

  #close(closed: OpenObject | OpenPair | OpenHeaders): void {
    if (closed.kind === 'pair' && closed.commas === 1) this.#found.set(closed.value, closed.key)
    if (closed.kind !== 'object' || closed.sensitiveName === undefined) return
    for (const value of closed.values) this.#found.set(value, closed.sensitiveName)
  }
}

/** What JSON writes a number with. */
const NUMBER = '0'

const SPACE = 0x20
const COMMA = 0x2c
const OPENING_BRACKET = 0x5b
const CLOSING_BRACKET = 0x5d
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d

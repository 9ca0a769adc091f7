import { platform } from '#platform'
import type { LiteralSearch } from './platform/platform.js'

/**
 * Every key that matches one of `DEFAULT_SENSITIVE_KEYS` has one of these in it, letter by letter and in any case, however it
 * is written in JSON: separators, escapes and humps may stand between the words of a key, not between these letters. The last
 * ones are what else can become such a letter: the Kelvin sign (`k` in lower case), a capital I with a dot (`i`), both in
 * UTF-8, an escape of it or of a digit of another escape, and a zero, which stands between the letters where the text is in UTF-16 whatever it says.
 *
 * Grouped so that ordinary text has few places that only look like one.
 */
const STEM_GROUPS: readonly (readonly string[])[] = [
  ['encryption', 'private', 'pass', 'session'],
  ['csrf', 'xsrf', 'cvv', 'cvc', 'ssn'],
  ['cred', 'signing', 'card', 'auth'],
  ['api', 'token'],
  ['otp', 'jwt', 'pwd', '\u00e2\u0084\u00aa'],
  ['social', 'secret', 'bearer', 'cookie', 'access'],
  [String.raw`\u`, '\u00c4\u00b0'],
  // On its own: what follows it may be anything, which would be so for the others of its group.
  ['\0'],
]

/** The stems as they are in a key that is decoded: without escapes, and not in bytes. */
const stemOfKey = new RegExp(
  [...STEM_GROUPS.flat().filter((literal) => /^[a-z]+$/.test(literal)), '\u212a', '\u0130'].join('|'),
  'i',
)

/**
 * What is enough of a stem for a second look, behind the six characters before it. `passenger`, `rapid`, `discards` and
 * `\u00e9` are not.
 */
const stem =
  /^[^]{6}(?:pass(?:[^a-z]|w|ph|co|$)|pwd|secret|token|credential|bearer|jwt|auth|session|cookie|[cx]srf|ssn|cv[vc]|otp|(?:api|private|access|signing|encryption)(?:[^a-z]|key|$)|credit(?:[^a-z]|card|$)|card(?:[^a-z]|n|$)|social(?:[^a-z]|sec|$)|\\u(?:00(?:3\d|[4-7])|0130|212a)|\u00e2\u0084\u00aa|\u00c4\u00b0|\0)/i

/** `author`, but not `authorise`. Mixed case is left to the second look: humps make words of their own. */
const author = /^[^]{6}[Aa]uthor(?![Ii][SsZz])/

/** `lessn`: these are keys only as words of their own. A letter or a digit before them may be the end of an escape. */
const insideOfWord = /^[^\\]{5}[a-z\d](?:s[Ss][Nn]|c[Vv][VvCc]|o[Tt][Pp])/

/**
 * A text with more places that look like a stem is made to. Base64, which has most of them, has one in some 150 bytes, and
 * one of a hundred megabytes would take half a second at most.
 */
const MIN_LOOKS = 1000
const BYTES_PER_LOOK = 20

let search: LiteralSearch | undefined
let isPrepared = false

/**
 * Whether a text in UTF-8 may hold a key that matches one of `DEFAULT_SENSITIVE_KEYS`. A `false` is certain.
 *
 * @param chunks its bytes, in order
 */
export function mayHoldSensitiveKey(chunks: readonly Uint8Array[]): boolean {
  if (!isPrepared) {
    isPrepared = true
    search = platform.createLiteralSearch(STEM_GROUPS)
  }
  if (search === undefined) return true
  let looks = MIN_LOOKS
  for (const chunk of chunks) looks += chunk.length / BYTES_PER_LOOK
  return search(chunks, (text) => --looks < 0 || isStem(text))
}

/** Whether a key, decoded, may match one of `DEFAULT_SENSITIVE_KEYS`. A `false` is certain. */
export function mayBeSensitiveKey(key: string): boolean {
  return stemOfKey.test(key)
}

function isStem(text: string): boolean {
  return stem.test(text) && !author.test(text) && !insideOfWord.test(text)
}

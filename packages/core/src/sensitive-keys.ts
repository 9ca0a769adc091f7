import { mayBeSensitiveKey, mayHoldSensitiveKey } from './sensitive-stems.js'

/** Decisions are remembered for this many keys of this length: bodies repeat their keys thousands of times. */
const MAX_REMEMBERED_KEYS = 2048
const MAX_REMEMBERED_KEY_LENGTH = 64

/** A longer key is decided by what may be a part of a sensitive one: the patterns would take too long. */
const MAX_PATTERN_KEY_LENGTH = 1000

/**
 * Keys whose values are secrets as a rule. `auth` is one, `author` is not, `authorization` is; `ssn` is one, the `ssN` in
 * `classNames` is not. Tested on the key as it stands and in snake case.
 *
 * `sensitive-stems.ts` knows of them: a change here needs one there.
 */
export const DEFAULT_SENSITIVE_KEYS: readonly RegExp[] = Object.freeze([
  /pass_?(?:word|wd|phrase|code)|pwd|secret|token|credential|bearer|jwt/i,
  /(?:api|private|access|signing|encryption)[._ -]?key/i,
  /auth(?!or(?!i[sz]))|session|cookie|[cx]srf/i,
  /credit[._ -]?card|card[._ -]?(?:number|num|no)(?![a-z])|social[._ -]?security/i,
  /(?:^|_)(?:ssn|cvv|cvc|otp)(?:_|$)/,
])

/** Numbers of tokens stand in every answer of a language model; they are no secrets, and neither is their breakdown. */
const tokenCount = /tokens(?:_|$)|tokens?_(?:count|limit|budget|usage|details)/

const encoder = new TextEncoder()

/** What a key says about its value. */
type Decision = 'harmless' | 'secret' | 'token_count'

const known = new WeakMap<readonly RegExp[], SensitiveKeys>()

/** Decides about keys by one set of patterns, and remembers what it decided. */
export class SensitiveKeys {
  readonly #patterns: readonly RegExp[]
  /** Those patterns that a key may match that has no part of a usual one: most keys have none, and are many. */
  readonly #unusualPatterns: readonly RegExp[]
  #decisions = new Map<string, Decision>()

  private constructor(patterns: readonly RegExp[]) {
    this.#patterns = patterns
    this.#unusualPatterns = patterns.filter((pattern) => !DEFAULT_SENSITIVE_KEYS.includes(pattern))
  }

  /** @param patterns pass the same array each time: what was decided is remembered by it */
  static of(patterns: readonly RegExp[]): SensitiveKeys {
    let keys = known.get(patterns)
    if (keys === undefined) known.set(patterns, (keys = new SensitiveKeys(patterns)))
    return keys
  }

  /** Whether a value of this key can be a secret. */
  canBeSecret(key: string): boolean {
    return this.#decide(key) !== 'harmless'
  }

  /** @param value the first character of the value as JSON writes it: counts of tokens are numbers or objects */
  isSecret(key: string, value: string): boolean {
    const decision = this.#decide(key)
    return decision === 'secret' || (decision === 'token_count' && !/[\d{-]/.test(value))
  }

  /** Whether a key whose value can be a secret may stand in a text. A `false` is certain, a `true` is a guess. */
  mayStandIn(text: string): boolean {
    return this.#patterns !== DEFAULT_SENSITIVE_KEYS || mayHoldSensitiveKey([encoder.encode(text)])
  }

  #decide(key: string): Decision {
    const remembered = this.#decisions.get(key)
    if (remembered !== undefined) return remembered
    if (key.length > MAX_PATTERN_KEY_LENGTH) return this.mayStandIn(key) ? 'secret' : 'harmless'
    const decision = decide(key, mayBeSensitiveKey(key) ? this.#patterns : this.#unusualPatterns)
    if (this.#decisions.size >= MAX_REMEMBERED_KEYS) this.#decisions = new Map()
    if (key.length <= MAX_REMEMBERED_KEY_LENGTH) this.#decisions.set(copyOf(key), decision)
    return decision
  }
}

/**
 * Whether the value of this key is a secret as a rule.
 *
 * @param key the key, decoded
 * @param sensitiveKeys patterns, tested on the key as it stands and in snake case. Default:
 *   {@link DEFAULT_SENSITIVE_KEYS}
 * @param value the first character of the value as JSON writes it, if known: counts of tokens are numbers or objects
 */
export function isSensitiveKey(
  key: string,
  sensitiveKeys: readonly RegExp[] = DEFAULT_SENSITIVE_KEYS,
  value = '"',
): boolean {
  return SensitiveKeys.of(sensitiveKeys).isSecret(key, value)
}

/** A part of a string keeps the whole of it in memory, which is a body here. */
function copyOf(key: string): string {
  return `.${key}`.slice(1)
}

function decide(key: string, sensitiveKeys: readonly RegExp[]): Decision {
  if (sensitiveKeys.length === 0) return 'harmless'
  const snakeCase = toSnakeCase(key)
  // Not `test`: it remembers where it stopped when a pattern has the `g` flag.
  const matches = (text: string): boolean => sensitiveKeys.some((pattern) => text.search(pattern) !== -1)
  if (!matches(key) && (snakeCase === key || !matches(snakeCase))) return 'harmless'
  const isOnlyToken = tokenCount.test(snakeCase) && !matches(snakeCase.replaceAll('token', ''))
  return isOnlyToken ? 'token_count' : 'secret'
}

const inSnakeCase = /^[a-z\d]+(?:_[a-z\d]+)*$/

/** `userSSN`, `user-ssn`, `User.SSN` become `user_ssn`. */
function toSnakeCase(key: string): string {
  if (inSnakeCase.test(key)) return key
  return key
    .replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_')
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '_')
}

/** Decisions are remembered for this many keys of this length: bodies repeat their keys thousands of times. */
const MAX_REMEMBERED_KEYS = 2048
const MAX_REMEMBERED_KEY_LENGTH = 64

/**
 * Keys whose values are secrets as a rule. `auth` is one, `author` is not, `authorization` is; `ssn` is one, the `ssN` in
 * `classNames` is not. Tested on the key as it stands and in snake case.
 */
export const DEFAULT_SENSITIVE_KEYS: readonly RegExp[] = [
  /pass_?(?:word|wd|phrase|code)|pwd|secret|token|credential|bearer|jwt/i,
  /(?:api|private|access|signing|encryption)[._ -]?key/i,
  /auth(?!or(?!i[sz]))|session|cookie|[cx]srf/i,
  /credit[._ -]?card|card[._ -]?(?:number|num|no)(?![a-z])|social[._ -]?security/i,
  /(?:^|_)(?:ssn|cvv|cvc|otp)(?:_|$)/,
]

/** Numbers of tokens stand in every answer of a language model; they are no secrets, and neither is their breakdown. */
const tokenCount = /tokens(?:_|$)|tokens?_(?:count|limit|budget|usage|details)/

/** What a key says about its value. */
type Decision = 'harmless' | 'secret' | 'token_count'

const decisions = new WeakMap<readonly RegExp[], Map<string, Decision>>()

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
  const decision = decide(key, sensitiveKeys)
  return decision === 'secret' || (decision === 'token_count' && !/[\d{-]/.test(value))
}

function decide(key: string, sensitiveKeys: readonly RegExp[]): Decision {
  let remembered = decisions.get(sensitiveKeys)
  if (remembered === undefined || remembered.size >= MAX_REMEMBERED_KEYS) {
    remembered = new Map()
    decisions.set(sensitiveKeys, remembered)
  }
  const known = remembered.get(key)
  if (known !== undefined) return known
  const decision = decideAnew(key, sensitiveKeys)
  if (key.length <= MAX_REMEMBERED_KEY_LENGTH) remembered.set(key, decision)
  return decision
}

function decideAnew(key: string, sensitiveKeys: readonly RegExp[]): Decision {
  const snakeCase = toSnakeCase(key)
  // Not `test`: it remembers where it stopped when a pattern has the `g` flag.
  const matches = (text: string): boolean => sensitiveKeys.some((pattern) => text.search(pattern) !== -1)
  if (!matches(key) && !matches(snakeCase)) return 'harmless'
  const isOnlyToken = tokenCount.test(snakeCase) && !matches(snakeCase.replaceAll('token', ''))
  return isOnlyToken ? 'token_count' : 'secret'
}

/** `userSSN`, `user-ssn`, `User.SSN` become `user_ssn`. */
function toSnakeCase(key: string): string {
  return key
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '_')
}

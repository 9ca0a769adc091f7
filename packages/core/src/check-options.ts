import { ArtifactConfigurationError } from './errors.js'
import { isRecord } from './json.js'
import { nearestName } from './nearest-name.js'
import { shownValue } from './shown-value.js'

/** What the value of one option must be. */
export interface OptionRule {
  /** In words: the end of the sentence "it must be …". */
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
  /** Whether an error must not show the value. Default `false`. */
  readonly isSecret?: boolean
}

/** The rules that adapters share. */
export const OPTION_RULES: Readonly<Record<'boolean' | 'bytes' | 'client' | 'function', OptionRule>> = {
  boolean: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  bytes: {
    expected: 'a number of bytes, 0 or more',
    accepts: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  },
  function: { expected: 'a function', accepts: (value) => typeof value === 'function' },
  /** A client of another copy of this package is one too. A client's options in its place would lose all that is captured. */
  client: {
    expected: 'an ArtifactClient, as configureArtifacts() returns it',
    accepts: (value) => isRecord(value) && typeof value['submit'] === 'function',
    isSecret: true,
  },
}

/** Whose options are checked, and what they may be. */
export interface OptionRules {
  /** Who takes the options, for errors: `artifactMiddleware()`. */
  readonly owner: string
  /** By name. A member that is `undefined` counts as left out. */
  readonly rules: Readonly<Record<string, OptionRule>>
  /** What to say besides of a name that nobody knows: a sentence. */
  readonly hint?: string
}

/**
 * Checks what an application passes as options, for adapters: a mistake is told where it is made, before anything is lost.
 *
 * @throws ArtifactConfigurationError `unknown_option` or `invalid_option`, naming the option, its value unless that is secret,
 *   and what it must be
 */
export function checkOptions(options: unknown, { owner, rules, hint }: OptionRules): void {
  if (!isRecord(options)) {
    throw new ArtifactConfigurationError('invalid_option', 'options', `The options of ${owner} must be an object.`)
  }
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) throw unknownOption(name, { owner, known: Object.keys(rules), hint })
    if (value === undefined || rule.accepts(value)) continue
    const given = rule.isSecret === true ? '' : `, not ${shownValue(value)}`
    const message = `Option "${name}" of ${owner} must be ${rule.expected}${given}.`
    throw new ArtifactConfigurationError('invalid_option', name, message)
  }
}

/** The error of an option that does not exist, with the name that was most likely meant. */
export function unknownOption(
  name: string,
  { owner, known, hint }: { owner: string; known: readonly string[]; hint?: string | undefined },
): ArtifactConfigurationError {
  const nearest = nearestName(name, known)
  const guess = nearest === undefined ? '.' : `: did you mean ${nearest}?`
  const message = `Unknown option ${shownValue(name)} of ${owner}${guess} Known are: ${known.join(', ')}.`
  return new ArtifactConfigurationError('unknown_option', name, hint === undefined ? message : `${message} ${hint}`)
}

import { serverDefaults, type ServerOptions } from './server-options.js'
import { ServerStartError } from './server-start-error.js'

/** The options of a server with their defaults filled in. */
export type CompleteServerOptions = ServerOptions & typeof serverDefaults

interface OptionRule {
  readonly accepts: (value: unknown) => boolean
  readonly mustBe: string
}

const maxPort = 65_535
// A longer timer would fire at once.
const maxTimerMs = 2_147_483_647

const text: OptionRule = { accepts: isText, mustBe: 'must be text that is not empty' }
const port: OptionRule = { accepts: isWholeNumber(0, maxPort), mustBe: `must be a port from 0 to ${maxPort}` }
const count: OptionRule = { accepts: isWholeNumber(1), mustBe: 'must be a whole number, at least 1' }
const rate: OptionRule = {
  accepts: (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  mustBe: 'must be a number, at least 0',
}
// A negative one is over before it begins.
const duration: OptionRule = { accepts: Number.isSafeInteger, mustBe: 'must be a whole number of milliseconds' }
const timer: OptionRule = {
  accepts: isWholeNumber(0, maxTimerMs),
  mustBe: `must be a whole number of milliseconds, at most ${maxTimerMs}`,
}

const rules: Readonly<Record<keyof ServerOptions, OptionRule>> = {
  host: text,
  port,
  dataDirectory: text,
  publicUrl: text,
  fixedTokens: { accepts: isFixedTokens, mustBe: 'must be an object with the texts write and read, or one of them' },
  maxArtifactBytes: count,
  maxTraceRequestBytes: count,
  projectQuotaBytes: count,
  registrationLifetimeMs: duration,
  collectionGraceMs: duration,
  registrationsPerMinute: count,
  minimumUploadBytesPerSecond: rate,
  uploadPaceWindowMs: timer,
  shutdownTimeoutMs: timer,
  log: { accepts: (value) => typeof value === 'function', mustBe: 'must be a function' },
}

/**
 * Checks the options of a program that may not have been type-checked, and fills in the defaults. An option that is
 * `undefined` counts as absent.
 *
 * @throws ServerStartError naming the option that is unknown or has a wrong value; values are not repeated, for they
 * may be secrets
 */
export function completeOptions(options: ServerOptions): CompleteServerOptions {
  if (typeof options !== 'object' || options === null) throw new ServerStartError('the options must be an object')
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    if (!isOptionName(name)) {
      throw new ServerStartError(`there is no option "${name}": known are ${Object.keys(rules).join(', ')}`)
    }
    const { accepts, mustBe } = rules[name]
    if (!accepts(value)) throw new ServerStartError(`${name}: ${mustBe}`)
  }
  return { ...serverDefaults, ...(Object.fromEntries(given) as ServerOptions) }
}

function isOptionName(name: string): name is keyof ServerOptions {
  return Object.hasOwn(rules, name)
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}

function isWholeNumber(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): (value: unknown) => boolean {
  return (value) => Number.isSafeInteger(value) && Number(value) >= minimum && Number(value) <= maximum
}

function isFixedTokens(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).every(
    ([scope, token]) => (scope === 'write' || scope === 'read') && (token === undefined || isText(token)),
  )
}

import { ArtifactConfigurationError } from '@span-artifacts/core'
import type { ExchangeOverrides } from './exchange.js'
import { resolveHttpCaptureOptions } from './options.js'
import { shownValue } from './shown-value.js'

/** What one handler, or a group of them, wants of its exchanges: it goes before the options of the capture. */
export interface RouteOptions extends ExchangeOverrides {
  /** Whether anything is captured at all. Default `true`. */
  readonly enabled?: boolean
}

/** What an adapter knows of its own. */
export interface RouteOptionRules {
  /** Who was given the options, for errors: `@CaptureArtifacts()`. */
  readonly owner: string
  /** Further options that are true or false. */
  readonly switches?: readonly string[]
  /** Further members of `attributeNames`. */
  readonly attributeNames?: readonly string[]
}

const ROUTE_OPTIONS: Record<keyof ExchangeOverrides, true> = {
  request: true,
  response: true,
  files: true,
  maxBodyBytes: true,
  maxFileBytes: true,
  previewBytes: true,
  attributeNames: true,
}

/**
 * Checks the options of a route, where a mistake can still be seen.
 *
 * @returns the options without members that are `undefined`
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function checkRouteOptions<Options extends RouteOptions>(
  options: Options,
  { owner, switches = [], attributeNames: ownNames = [] }: RouteOptionRules,
): Options {
  const allSwitches = ['enabled', ...switches]
  const known = [...allSwitches, ...Object.keys(ROUTE_OPTIONS)]
  const given: Record<string, unknown> = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  )
  const exchange: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) {
      const message = `Unknown option "${name}" of ${owner}. Known are: ${known.join(', ')}.`
      throw new ArtifactConfigurationError('unknown_option', name, message)
    }
    if (!allSwitches.includes(name)) exchange[name] = value
    else if (typeof value !== 'boolean') throw invalid(owner, name, `true or false, not ${shownValue(value)}`)
  }
  const names = Object.entries(Object(exchange['attributeNames'] ?? {}))
  for (const [name, text] of names) {
    if (ownNames.includes(name) && (typeof text !== 'string' || text === '')) {
      throw invalid(owner, 'attributeNames', `an object of attribute names, not ${shownValue({ [name]: text })}`)
    }
  }
  const others = Object.fromEntries(names.filter(([name]) => !ownNames.includes(name)))
  resolveHttpCaptureOptions({ ...exchange, ...(names.length > 0 && { attributeNames: others }) })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same members, but for those that are undefined
  return given as unknown as Options
}

/** What applies to a handler that stands in a group: its own options go before those of the group. */
export function mergeRouteOptions<Options extends RouteOptions>(
  group: Options | undefined,
  handler: Options | undefined,
): Options | undefined {
  if (group === undefined || handler === undefined) return handler ?? group
  return { ...group, ...handler, attributeNames: { ...group.attributeNames, ...handler.attributeNames } }
}

function invalid(owner: string, name: string, expected: string): ArtifactConfigurationError {
  return new ArtifactConfigurationError('invalid_option', name, `Option "${name}" of ${owner} must be ${expected}.`)
}

import { checkOptions, OPTION_RULES, type OptionRule } from '@span-artifacts/core'
import { DEFAULT_ATTRIBUTE_NAMES } from './attribute-names.js'
import type { ExchangeOverrides } from './exchange.js'
import { attributeNamesRule, HTTP_OPTION_RULES } from './options.js'

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

const { request, response, files, maxBodyBytes, maxFileBytes, previewBytes } = HTTP_OPTION_RULES
const ROUTE_RULES: Readonly<Record<Exclude<keyof ExchangeOverrides, 'attributeNames'>, OptionRule>> = {
  request,
  response,
  files,
  maxBodyBytes,
  maxFileBytes,
  previewBytes,
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
  const rules = {
    ...Object.fromEntries(['enabled', ...switches].map((name) => [name, OPTION_RULES.boolean])),
    ...ROUTE_RULES,
    attributeNames: attributeNamesRule([...Object.keys(DEFAULT_ATTRIBUTE_NAMES), ...ownNames]),
  }
  checkOptions(options, { owner, rules })
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
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

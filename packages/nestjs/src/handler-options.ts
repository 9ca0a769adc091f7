import { SetMetadata } from '@nestjs/common'
import type { Reflector } from '@nestjs/core'
import { checkRouteOptions, mergeRouteOptions, type HttpAttributeNames, type RouteOptions } from '@span-artifacts/http'

/** The span attributes of what a handler was given and returned. */
export interface HandlerAttributeNames {
  /** Reference of the handler's arguments, a JSON array. Default `span_artifacts.nestjs.arguments`. */
  readonly arguments: string
  /** Reference of the handler's result, as JSON. Default `span_artifacts.nestjs.result`. */
  readonly result: string
}

/** The names that are used where `attributeNames` says nothing else. */
export const DEFAULT_HANDLER_ATTRIBUTE_NAMES: HandlerAttributeNames = Object.freeze({
  arguments: 'span_artifacts.nestjs.arguments',
  result: 'span_artifacts.nestjs.result',
})

/** What `@CaptureArtifacts()` can change for one handler, or for all handlers of a controller. */
export interface CaptureArtifactsOptions extends RouteOptions {
  /** Capture the arguments that the handler is called with, after pipes, as JSON. Default `false`. */
  readonly arguments?: boolean
  /** Capture what the handler returns, as JSON; of an Observable, the last value. Default `false`. */
  readonly result?: boolean
  /** Other names for the span attributes. */
  readonly attributeNames?: Partial<HttpAttributeNames & HandlerAttributeNames>
}

/** A class or a method. */
export type Target = Parameters<Reflector['get']>[1]

/** Where the decorators leave what they say. The keys are fixed, so that two copies of this package agree. */
const OPTIONS_KEY = 'span-artifacts:capture'
const SKIP_KEY = 'span-artifacts:skip'

/** Leaves options on a class or a method. (Nest 10.0 has no `Reflector.createDecorator` yet.) */
export function setHandlerOptions(options: CaptureArtifactsOptions): ClassDecorator & MethodDecorator {
  return SetMetadata(OPTIONS_KEY, options)
}

/** Leaves on a class or a method that nothing is to be captured. */
export function setHandlerSkipped(): ClassDecorator & MethodDecorator {
  return SetMetadata(SKIP_KEY, true)
}

const givenSlot: unique symbol = Symbol.for('span-artifacts.nestjs.given-options')
const slot: typeof globalThis & { [givenSlot]?: CaptureArtifactsOptions[] } = globalThis

/**
 * What every decorator of this process was given, whichever copy of this package it belongs to: a request has to be treated
 * before its handler is known.
 */
export const givenHandlerOptions: CaptureArtifactsOptions[] = (slot[givenSlot] ??= [])

/**
 * What applies to a handler of a controller: what is said on the handler, else on its class. On the same
 * target `@SkipArtifacts()` wins.
 *
 * @returns `undefined` where nothing is to be captured
 */
export function findHandlerOptions(
  reflector: Reflector,
  handler: Target,
  controller: Target,
): CaptureArtifactsOptions | undefined {
  const optionsOn = (target: Target): CaptureArtifactsOptions | undefined => reflector.get(OPTIONS_KEY, target)
  const isOff = (target: Target): boolean | undefined => {
    if (reflector.get(SKIP_KEY, target) === true) return true
    const options = optionsOn(target)
    return options && options.enabled === false
  }
  if (isOff(handler) ?? isOff(controller)) return undefined
  // Whether its class is off counts only for a handler that says nothing itself.
  return { ...mergeRouteOptions(optionsOn(controller), optionsOn(handler)), enabled: true }
}

/**
 * Checks what a decorator was given.
 *
 * @returns the options without members that are `undefined`
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function checkHandlerOptions(options: CaptureArtifactsOptions): CaptureArtifactsOptions {
  return checkRouteOptions(options, {
    owner: '@CaptureArtifacts()',
    switches: ['arguments', 'result'],
    attributeNames: Object.keys(DEFAULT_HANDLER_ATTRIBUTE_NAMES),
  })
}

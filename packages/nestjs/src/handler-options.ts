import { SetMetadata, type ExecutionContext } from '@nestjs/common'
import type { Reflector } from '@nestjs/core'
import { ArtifactConfigurationError } from '@span-artifacts/core'
import { createHttpCapture, type ExchangeOverrides, type HttpAttributeNames } from '@span-artifacts/http'

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
export interface CaptureArtifactsOptions extends Omit<ExchangeOverrides, 'attributeNames'> {
  /** Whether anything is captured at all; `false` is what `@SkipArtifacts()` says. Default `true`. */
  readonly enabled?: boolean
  /** Capture the arguments that the handler is called with, after pipes, as JSON. Default `false`. */
  readonly arguments?: boolean
  /** Capture what the handler returns, as JSON; of an Observable, the last value. Default `false`. */
  readonly result?: boolean
  /** Other names for the span attributes. */
  readonly attributeNames?: Partial<HttpAttributeNames & HandlerAttributeNames>
}

const HANDLER_SWITCHES = ['enabled', 'arguments', 'result'] as const
const EXCHANGE_OPTIONS = [
  'request',
  'response',
  'files',
  'maxBodyBytes',
  'maxFileBytes',
  'previewBytes',
  'attributeNames',
] as const
const KNOWN_OPTIONS: readonly string[] = [...HANDLER_SWITCHES, ...EXCHANGE_OPTIONS]

/** A class or a method. */
type Target = Parameters<Reflector['get']>[1]

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

/** Every set of options that a decorator was given in this process. */
const given: CaptureArtifactsOptions[] = []

/** Remembers what a decorator said, for {@link someHandler}. */
export function rememberHandlerOptions(options: CaptureArtifactsOptions): void {
  given.push(options)
}

/** Whether any handler of this process was decorated so: a request has to be treated before its handler is known. */
export function someHandler(test: (options: CaptureArtifactsOptions) => boolean): boolean {
  return given.some((options) => test(options))
}

/**
 * What applies to the handler that a context leads to: what is said on the handler, else on its class. On the same
 * target `@SkipArtifacts()` wins.
 *
 * @returns `undefined` where nothing is to be captured
 */
export function findHandlerOptions(
  reflector: Reflector,
  context: Pick<ExecutionContext, 'getHandler' | 'getClass'>,
): CaptureArtifactsOptions | undefined {
  const handler = context.getHandler()
  const controller = context.getClass()
  const optionsOn = (target: Target): CaptureArtifactsOptions | undefined => reflector.get(OPTIONS_KEY, target)
  const isOff = (target: Target): boolean | undefined => {
    if (reflector.get(SKIP_KEY, target) === true) return true
    const options = optionsOn(target)
    return options && options.enabled === false
  }
  if (isOff(handler) ?? isOff(controller)) return undefined
  const ofHandler = optionsOn(handler)
  const ofController = optionsOn(controller)
  if (ofController === undefined) return ofHandler ?? {}
  const attributeNames = { ...ofController.attributeNames, ...ofHandler?.attributeNames }
  return { ...ofController, ...ofHandler, attributeNames }
}

/**
 * Checks what a decorator was given.
 *
 * @returns the options without members that are `undefined`
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function checkHandlerOptions(options: CaptureArtifactsOptions): CaptureArtifactsOptions {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [name] of entries) {
    if (KNOWN_OPTIONS.includes(name)) continue
    const message = `Unknown option "${name}" of @CaptureArtifacts(). Known are: ${KNOWN_OPTIONS.join(', ')}.`
    throw new ArtifactConfigurationError('unknown_option', name, message)
  }
  const known: CaptureArtifactsOptions = Object.fromEntries(entries)
  const { enabled, arguments: handlerArguments, result, attributeNames = {}, ...exchange } = known
  for (const [name, value] of Object.entries({ enabled, arguments: handlerArguments, result })) {
    if (value !== undefined && typeof value !== 'boolean') throw invalid(name, 'true or false')
  }
  const { arguments: argumentsName, result: resultName, ...others } = attributeNames
  for (const name of [argumentsName, resultName]) {
    if (name !== undefined && (typeof name !== 'string' || name === '')) {
      throw invalid('attributeNames', 'an object of attribute names')
    }
  }
  createHttpCapture({ ...exchange, attributeNames: others })
  return known
}

function invalid(name: string, expected: string): ArtifactConfigurationError {
  const message = `Option "${name}" of @CaptureArtifacts() must be ${expected}.`
  return new ArtifactConfigurationError('invalid_option', name, message)
}

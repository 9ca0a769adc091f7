import { applyDecorators } from '@nestjs/common'
import {
  checkHandlerOptions,
  givenHandlerOptions,
  setHandlerOptions,
  setHandlerSkipped,
  type CaptureArtifactsOptions,
} from './handler-options.js'
import { ObserveArguments } from './observed-arguments.js'

/**
 * Says what is captured of the exchanges that a handler answers, or all handlers of a controller. What is said on the handler
 * goes before what is said on its class, and that before the options of the module.
 *
 * @throws ArtifactConfigurationError at once, naming the option that is unknown or has a wrong value
 */
export function CaptureArtifacts(options: CaptureArtifactsOptions = {}): ClassDecorator & MethodDecorator {
  const checked = checkHandlerOptions(options)
  givenHandlerOptions.push(checked)
  const decorator = setHandlerOptions(checked)
  return checked.arguments === true ? applyDecorators(ObserveArguments(), decorator) : decorator
}

/**
 * Captures nothing of the exchanges that a handler answers, or all handlers of a controller: no body, no file, neither
 * arguments nor result. A handler that says `@CaptureArtifacts()` itself is captured all the same.
 */
export function SkipArtifacts(): ClassDecorator & MethodDecorator {
  givenHandlerOptions.push({ enabled: false })
  return setHandlerSkipped()
}

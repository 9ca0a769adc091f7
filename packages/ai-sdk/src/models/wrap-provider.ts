import { shield } from '../diagnostics.js'
import type { ArtifactTelemetryOptions } from '../options.js'
import { overlay } from '../overlay.js'
import { createWriterContext, type WriterContext } from '../parts/writer-context.js'
import { captureModel } from './wrap-model.js'

/**
 * Wraps a provider of AI SDK 5, 6 or 7 so that every model it gives out is wrapped as {@link wrapModel} does it:
 * `provider('…')`, `provider.chat('…')`, `provider.image('…')` and all others. What is no model, such as
 * `provider.tools`, is given back as it is.
 *
 * @returns an object, or a function, of the same type and behaviour
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function wrapProvider<Provider extends object>(
  provider: Provider,
  options?: ArtifactTelemetryOptions,
): Provider {
  return captureProvider(createWriterContext(options), provider)
}

export function captureProvider<Provider extends object>(context: WriterContext, provider: Provider): Provider {
  const capture = (returned: unknown): unknown => captureModel(context, returned)
  return (
    shield('wrapping a provider', () =>
      overlay(provider, {
        method:
          (_name, original) =>
          (...values) =>
            capture(Reflect.apply(original, provider, values)),
        result: capture,
      }),
    ) ?? provider
  )
}

import type { ArtifactTelemetryOptions } from '../options.js'
import { createWriterContext, type WriterContext } from '../parts/writer-context.js'
import { type CallParameters, captureGenerate, captureStream } from './language-model.js'

/**
 * A language-model middleware for `wrapLanguageModel` of AI SDK 5, 6 and 7. Its type names none of their types, so that
 * one object fits all three.
 */
export interface ArtifactMiddleware {
  /** `v4`. Each version of the SDK asks for its own; at run time none looks. */
  readonly specificationVersion: never
  readonly wrapGenerate: <Result>(options: {
    readonly doGenerate: () => PromiseLike<Result>
    readonly params: CallParameters
  }) => Promise<Result>
  readonly wrapStream: <Result>(options: {
    readonly doStream: () => PromiseLike<Result>
    readonly params: CallParameters
  }) => Promise<Result>
}

/**
 * Captures the prompts and answers of a language model onto the span that the AI SDK opens for each call of it: as
 * `gen_ai.input.messages` and `gen_ai.output.messages`, with artifacts in place of media and long texts.
 *
 * Needs telemetry to be on for the call, and obeys its `recordInputs` and `recordOutputs`.
 *
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function artifactMiddleware(options?: ArtifactTelemetryOptions): ArtifactMiddleware {
  return createMiddleware(createWriterContext(options))
}

export function createMiddleware(context: WriterContext): ArtifactMiddleware {
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each version of the SDK wants another literal
    specificationVersion: 'v4' as never,
    wrapGenerate: ({ doGenerate, params }) => captureGenerate(context, params, doGenerate),
    wrapStream: ({ doStream, params }) => captureStream(context, params, doStream),
  }
}

import { shield } from '../diagnostics.js'
import type { ArtifactTelemetryOptions } from '../options.js'
import { type Method, overlay } from '../overlay.js'
import { createWriterContext, type WriterContext } from '../parts/writer-context.js'
import { isRecord } from '../record.js'
import { listenToSdkCalls } from '../telemetry/sdk-call.js'
import { captureGenerate, captureStream } from './language-model.js'
import { captureMediaMethod } from './media-model.js'

/** Models that are wrapped already: a second wrapper would only repeat the first. */
const wrappedModels = new WeakSet<object>()

/**
 * Wraps any model of AI SDK 5, 6 or 7 so that its prompts and answers are captured: language, image, video, speech and
 * transcription models. Embedding and reranking models, and the names of models, are given back as they are.
 *
 * A language model is captured onto the span that the SDK opens for each of its calls, and so only with telemetry on;
 * the others are captured onto a span of their own where the SDK has none.
 *
 * @param model what `openai('…')`, `openai.image('…')` and their like return
 * @returns an object of the same type and behaviour
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function wrapModel<Model>(model: Model, options?: ArtifactTelemetryOptions): Model {
  return captureModel(createWriterContext(options), model)
}

export function captureModel<Model>(context: WriterContext, model: Model): Model {
  if (!isModel(model) || wrappedModels.has(model)) return model
  const wrapped = shield('wrapping a model', () => {
    const capture = isLanguageModel(model) ? captureLanguageMethod : captureMediaMethod
    if (capture === captureMediaMethod) listenToSdkCalls()
    return overlay(model, { method: (name, original) => capture(context, model, name, original) })
  })
  if (wrapped === undefined) return model
  wrappedModels.add(wrapped)
  return wrapped
}

/** Whether a value is a model that can be called for text or media; all of them have a `modelId`. */
function isModel<Value>(value: Value): value is Value & object {
  return (
    isRecord(value) &&
    typeof value['modelId'] === 'string' &&
    ['doGenerate', 'doStream', 'doStart'].some((method) => typeof value[method] === 'function')
  )
}

/** Only language models say which URLs they can fetch. Transcription models can stream too. */
function isLanguageModel(model: object): boolean {
  return 'supportedUrls' in model
}

function captureLanguageMethod(
  context: WriterContext,
  model: object,
  name: string,
  original: Method,
): Method | undefined {
  const capture = name === 'doGenerate' ? captureGenerate : name === 'doStream' ? captureStream : undefined
  if (capture === undefined) return undefined
  return (...values: unknown[]) => {
    const [parameters] = values
    const call = async (): Promise<unknown> => Reflect.apply(original, model, values)
    return capture(context, isRecord(parameters) ? parameters : {}, call)
  }
}

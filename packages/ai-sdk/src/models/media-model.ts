import { context as openTelemetry } from '@opentelemetry/api'
import { shield } from '../diagnostics.js'
import type { Method } from '../overlay.js'
import type { WriterContext } from '../parts/writer-context.js'
import { isRecord, textOf } from '../record.js'
import { operationOf, readMediaInput, readMediaOutput } from './media-call.js'
import { openMediaSpan } from './media-span.js'

/**
 * Captures the calls of an image, video, speech or transcription model. Its results and errors go back as they are.
 *
 * @param name the method's name
 * @returns undefined for methods that make or take no media
 */
export function captureMediaMethod(
  context: WriterContext,
  model: object,
  name: string,
  original: Method,
): Method | undefined {
  const call: Method = (...values) => Reflect.apply(original, model, values)
  switch (name) {
    case 'doGenerate':
    case 'doGenerateFromUrl':
    case 'doStart':
      return (...values: unknown[]) => captureCall(context, model, call, values)
    case 'doStatus':
      return async (...values: unknown[]) => {
        const result = await call(...values)
        shield('capturing a finished video', () => captureFinishedVideo(context, model, result))
        return result
      }
    default:
      return undefined
  }
}

async function captureCall(context: WriterContext, model: object, call: Method, values: unknown[]): Promise<unknown> {
  const options = isRecord(values[0]) ? values[0] : {}
  const operation = operationOf(options)
  const span = shield('starting the capture of a model call', () =>
    operation === undefined ? undefined : openMediaSpan(context, { operation, ...identityOf(model) }),
  )
  if (span === undefined || operation === undefined) return call(...values)
  shield('writing what a model was given', () => span.input(readMediaInput(options)))
  try {
    const result = await openTelemetry.with(span.context, call, undefined, ...values)
    shield('writing what a model made', () => span.output(readMediaOutput(result, operation)))
    shield('ending the span of a model call', () => span.end())
    return result
  } catch (error) {
    shield('ending the span of a model call', () => span.end(error))
    throw error
  }
}
/** A video that was asked for with `doStart` arrives with some later `doStatus`. */
function captureFinishedVideo(context: WriterContext, model: object, result: unknown): void {
  if (!isRecord(result) || result['status'] !== 'completed') return
  const operation = 'generate_video'
  const span = openMediaSpan(context, { operation, ...identityOf(model) })
  span?.output(readMediaOutput(result, operation))
  span?.end()
}

function identityOf(model: object): { modelId: string; provider: string } {
  const read = (name: string): string => textOf(Reflect.get(model, name)) ?? 'unknown'
  return { modelId: read('modelId'), provider: read('provider') }
}

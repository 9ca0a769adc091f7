import { context as openTelemetry, type Context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { messageAttribute } from '../parts/message-attribute.js'
import type { WriterContext } from '../parts/writer-context.js'
import { watchSpan } from '../spans/watched-span.js'
import { findCall } from '../telemetry/open-calls.js'
import { currentSdkCall } from '../telemetry/sdk-call.js'
import type { MediaMessage, MediaOperation } from './media-call.js'
import { INPUT_MESSAGES_KEY, OUTPUT_MESSAGES_KEY } from './model-call.js'

const TRACER_NAME = '@span-artifacts/ai-sdk'

/** What version 7 calls its calls; it has no telemetry for images and videos. */
const SDK_CALL_TYPES: Readonly<Record<MediaOperation, readonly string[]>> = {
  generate_image: [],
  generate_video: [],
  generate_speech: ['generateSpeech'],
  transcribe: ['transcribe', 'streamTranscribe'],
}

/** Who is called, for what. */
export interface MediaCallDescription {
  readonly operation: MediaOperation
  readonly modelId: string
  /** As the provider names itself, for example `openai.image`. */
  readonly provider: string
}

/** The span of a call that is captured. */
export interface MediaSpan {
  /** The context in which the model is to be called. */
  readonly context: Context
  readonly input: (message: MediaMessage) => void
  readonly output: (message: MediaMessage) => void
  /** Ends the span, if it is ours. @param error what the call threw */
  readonly end: (error?: unknown) => void
}

/**
 * The span onto which a call of an image, video, speech or transcription model is captured: that of the SDK where an
 * integration has started one, else a new one below the active span.
 *
 * @returns undefined when nobody records it
 */
export function openMediaSpan(writerContext: WriterContext, call: MediaCallDescription): MediaSpan | undefined {
  const sdkCall = currentSdkCall(SDK_CALL_TYPES[call.operation])
  const sdkSpan = sdkCall === undefined ? undefined : findCall(sdkCall.callId)?.rootSpan
  const span = sdkSpan ?? startSpan(writerContext, call)
  if (!span.isRecording()) return undefined
  const watcher = watchSpan(span)
  const { settings } = writerContext

  const write = (key: string, role: string, message: MediaMessage): void => {
    if (message.length === 0) return
    const marks = role === 'assistant' ? { finish_reason: 'stop' } : {}
    watcher.write(
      key,
      messageAttribute(writerContext, (writer) => [
        {
          role,
          parts: message.map((part) => (typeof part === 'string' ? writer.text('text', part) : writer.media(part))),
          ...marks,
        },
      ]),
    )
  }
  return {
    context: trace.setSpan(openTelemetry.active(), span),
    input(message) {
      const allowed = settings.recordInputs && sdkCall?.recordInputs !== false
      // What an integration has written about the prompt is as good.
      if (allowed && watcher.attribute(INPUT_MESSAGES_KEY) === undefined) write(INPUT_MESSAGES_KEY, 'user', message)
    },
    output(message) {
      if (!settings.recordOutputs || sdkCall?.recordOutputs === false) return
      const writeOutput = (): void => write(OUTPUT_MESSAGES_KEY, 'assistant', message)
      // An integration writes a transcript without the finish reason that the conventions require: ours comes after it.
      if (sdkSpan === undefined) writeOutput()
      else watcher.beforeEnd(writeOutput)
    },
    end(error) {
      if (sdkSpan !== undefined) return
      if (error !== undefined) {
        // Its message may quote the prompt.
        span.setAttribute('error.type', error instanceof Error ? error.name : '_OTHER')
        span.setStatus({ code: SpanStatusCode.ERROR })
      }
      watcher.endWhenReady()
    },
  }
}

function startSpan({ settings }: WriterContext, { operation, modelId, provider }: MediaCallDescription): Span {
  const tracer = settings.tracer ?? trace.getTracer(TRACER_NAME)
  return tracer.startSpan(`${operation} ${modelId}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'gen_ai.operation.name': operation,
      // The conventions name the provider alone; the SDK adds what it is used for.
      'gen_ai.provider.name': provider.split('.', 1)[0] ?? provider,
      'gen_ai.request.model': modelId,
    },
  })
}

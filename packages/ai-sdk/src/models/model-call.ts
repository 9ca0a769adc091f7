import { trace } from '@opentelemetry/api'
import { shield } from '../diagnostics.js'
import { formatInput, formatOutput } from '../parts/format-messages.js'
import { messageAttribute } from '../parts/message-attribute.js'
import type { WriterContext } from '../parts/writer-context.js'
import { findWatchedSpan, readAttributes, type WatchedSpan, watchSpan } from '../spans/watched-span.js'

export const INPUT_MESSAGES_KEY = 'gen_ai.input.messages'
export const OUTPUT_MESSAGES_KEY = 'gen_ai.output.messages'

/** What a model answered so far. */
export interface Answer {
  /** Parts of the answer, as the model gave them. */
  readonly content: unknown
  /** In the words of the GenAI conventions. */
  readonly finishReason: string
}

/** The capture of one call of a language model. */
export interface ModelCall {
  /** Gives what is written when the span ends; of several calls of a retried step the last one counts. */
  readonly answered: (answer: () => Answer) => void
  /** Lets the next call of the model write onto the span. */
  readonly done: () => void
  /** Tells that the answer was cut off: aborted, failed, or no longer read. */
  readonly cutOff: () => void
}

/** How long versions 5 and 6 may take to end the span of an answer that was cut off, in milliseconds. They never do. */
const ABANDONED_AFTER_MS = 1000

/** On the spans of versions 5 and 6. */
const SDK_OPERATION_KEY = 'ai.operationId'

/** Written by the SDK only where the prompt may be recorded. */
const INPUT_EVIDENCE: readonly string[] = ['ai.prompt.messages', INPUT_MESSAGES_KEY]
/** Written by the SDK only where the answer may be recorded. */
const OUTPUT_EVIDENCE: readonly string[] = [
  OUTPUT_MESSAGES_KEY,
  'ai.response.text',
  'ai.response.reasoning',
  'ai.response.toolCalls',
  'ai.response.object',
]

/**
 * Starts to capture a call of a language model onto the span that the AI SDK has opened for it.
 *
 * @returns undefined when nothing is to be captured: no span of the SDK is active, nobody records it, or a wrapper
 *   around this one captures already
 */
export function beginModelCall(context: WriterContext, prompt: unknown): ModelCall | undefined {
  const span = trace.getActiveSpan()
  if (span === undefined || !span.isRecording()) return undefined
  const known = findWatchedSpan(span)
  if (known?.isTaken === true) return undefined
  if (!isModelCall((key) => known?.attribute(key) ?? readAttributes(span)?.[key])) return undefined
  const watcher = known ?? watchSpan(span)
  watcher.isTaken = true
  shield('writing a prompt', () => writeInput(watcher, context, prompt))
  return {
    answered: (answer) => watcher.beforeEnd(() => writeOutput(watcher, context, answer())),
    done: () => {
      watcher.isTaken = false
    },
    cutOff: () => {
      shield('ending the span of an answer that was cut off', () => {
        if (watcher.attribute(SDK_OPERATION_KEY) !== undefined) watcher.endIfAbandoned(ABANDONED_AFTER_MS)
      })
    },
  }
}

/** Whether a span stands for one call of a model, in versions 5 and 6 or, with the integration of version 7, in that. */
function isModelCall(attribute: (key: string) => unknown): boolean {
  const operationId = attribute(SDK_OPERATION_KEY)
  return typeof operationId === 'string'
    ? /^ai\.\w+\.do(?:Generate|Stream)$/.test(operationId)
    : attribute('gen_ai.operation.name') === 'chat'
}

function writeInput(watcher: WatchedSpan, context: WriterContext, prompt: unknown): void {
  const allowed = watcher.consent.inputs ?? INPUT_EVIDENCE.some((key) => watcher.attribute(key) !== undefined)
  if (!allowed || !context.settings.recordInputs || isWrittenWithReferences(watcher, INPUT_MESSAGES_KEY)) return
  watcher.write(
    INPUT_MESSAGES_KEY,
    messageAttribute(context, (writer) => formatInput(prompt, writer)),
  )
}

function writeOutput(watcher: WatchedSpan, context: WriterContext, answer: Answer): void {
  const allowed = watcher.consent.outputs ?? OUTPUT_EVIDENCE.some((key) => watcher.attribute(key) !== undefined)
  if (!allowed || !context.settings.recordOutputs || isWrittenWithReferences(watcher, OUTPUT_MESSAGES_KEY)) return
  watcher.write(
    OUTPUT_MESSAGES_KEY,
    messageAttribute(context, (writer) => formatOutput(answer.content, answer.finishReason, writer)),
  )
}

/** A decorated integration writes its messages through our own tracer: they need no second writing. */
function isWrittenWithReferences(watcher: WatchedSpan, key: string): boolean {
  return watcher.consent.inputs !== undefined && watcher.attribute(key) !== undefined
}

import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { LocalAnswer } from './answer-prompt.js'

const TEXT_ID = 'text-1'

/** An answer word by word, each when it is asked for. */
export function streamAnswer(
  answer: LocalAnswer,
  finish: LanguageModelV4StreamPart,
  abortSignal: AbortSignal | undefined,
): ReadableStream<LanguageModelV4StreamPart> {
  const parts = partsOf(answer, finish)
  return new ReadableStream({
    pull(controller) {
      abortSignal?.throwIfAborted()
      const { done, value } = parts.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
  })
}

function* partsOf(
  answer: LocalAnswer,
  finish: LanguageModelV4StreamPart,
): Generator<LanguageModelV4StreamPart, undefined> {
  yield { type: 'stream-start', warnings: [] }
  if (answer.type === 'tool-call') {
    const { toolCallId: id, toolName, input } = answer
    yield { type: 'tool-input-start', id, toolName }
    yield { type: 'tool-input-delta', id, delta: input }
    yield { type: 'tool-input-end', id }
    yield answer
  } else {
    yield { type: 'text-start', id: TEXT_ID }
    for (const delta of answer.text.split(/(?<=\s)/)) yield { type: 'text-delta', id: TEXT_ID, delta }
    yield { type: 'text-end', id: TEXT_ID }
  }
  yield finish
}

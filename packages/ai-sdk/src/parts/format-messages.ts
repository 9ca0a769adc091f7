import { isRecord, textOf } from '../record.js'
import { formatPart } from './format-part.js'
import type { PartWriter } from './part-writer.js'

/** A prompt as `gen_ai.input.messages`. Takes the prompt of a language model of specification V2, V3 or V4. */
export function formatInput(prompt: unknown, writer: PartWriter): unknown[] {
  const messages: readonly unknown[] = Array.isArray(prompt) ? prompt : []
  return messages.filter(isRecord).map(({ role, content }) => {
    const parts: readonly unknown[] = Array.isArray(content) ? content : [content ?? '']
    return { role: textOf(role) ?? 'user', parts: parts.map((part) => formatPart(part, writer)) }
  })
}

/** An answer as `gen_ai.output.messages`. @param finishReason as {@link finishReasonOf} gives it */
export function formatOutput(content: unknown, finishReason: string, writer: PartWriter): unknown[] {
  const parts: readonly unknown[] = Array.isArray(content) ? content : []
  return [{ role: 'assistant', parts: parts.map((part) => formatPart(part, writer)), finish_reason: finishReason }]
}

/** Why a model stopped, in the words of the GenAI conventions. V3 and V4 give it as `{ unified, raw }`. */
export function finishReasonOf(finishReason: unknown): string {
  const reason = textOf(isRecord(finishReason) ? finishReason['unified'] : finishReason) ?? 'other'
  switch (reason) {
    case 'content-filter':
      return 'content_filter'
    case 'tool-calls':
      return 'tool_call'
    case 'other':
    case 'unknown':
      return 'stop'
    default:
      return reason
  }
}

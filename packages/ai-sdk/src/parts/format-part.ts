import { isRecord, textOf, type UnknownRecord } from '../record.js'
import { readMediaPart } from './media-object.js'
import type { PartWriter } from './part-writer.js'

/**
 * One part of a message of the AI SDK, as the GenAI conventions write it. Takes the parts of prompts and answers of
 * specifications V2, V3 and V4, and those of an application's own messages and step results.
 */
export function formatPart(part: unknown, writer: PartWriter): unknown {
  if (typeof part === 'string') return writer.text('text', part)
  if (!isRecord(part)) return { type: 'unknown' }
  const type = textOf(part['type']) ?? 'unknown'
  switch (type) {
    case 'text':
    case 'reasoning':
      return writer.text(type, textOf(part['text']) ?? '')
    case 'tool-call':
      return {
        type: 'tool_call',
        id: textOf(part['toolCallId']) ?? null,
        name: textOf(part['toolName']) ?? 'unknown',
        arguments: writer.value(parseArguments(part['input'])),
      }
    case 'tool-result':
    case 'tool-error':
      return {
        type: 'tool_call_response',
        id: textOf(part['toolCallId']) ?? null,
        response: formatResponse(part, writer),
      }
    case 'tool-approval-response':
      return {
        type: 'tool_approval_response',
        approval_id: textOf(part['approvalId']) ?? null,
        approved: part['approved'] === true,
        ...(typeof part['reason'] === 'string' ? { reason: part['reason'] } : {}),
      }
    case 'source':
      return writer.value({ type, source_type: part['sourceType'], url: part['url'], title: part['title'] })
    case 'custom':
      return { type, ...(typeof part['kind'] === 'string' ? { kind: part['kind'] } : {}) }
    default: {
      const media = readMediaPart(part)
      return media === undefined ? { type } : writer.media(media)
    }
  }
}

/** The `output` of a tool result in a prompt: `{ type: 'text' | 'json' | 'content' | …, value }`. */
export function formatToolOutput(output: unknown, writer: PartWriter): unknown {
  if (!isRecord(output)) return writer.value(output)
  const { type, value } = output
  if (type === 'execution-denied') return { denied: true, reason: textOf(output['reason']) ?? null }
  if (type !== 'content' || !Array.isArray(value)) return writer.value('value' in output ? value : output)
  return value.map((item) => formatPart(item, writer))
}

function formatResponse(part: UnknownRecord, writer: PartWriter): unknown {
  if (part['type'] === 'tool-error') return writer.value({ error: part['error'] })
  // A provider's own tool answers with `result`. In a prompt `output` is tagged with its type.
  const response = 'output' in part ? formatToolOutput(part['output'], writer) : writer.value(part['result'])
  return response ?? null
}

/** A model writes the arguments of a call as JSON text, an application as data. */
function parseArguments(input: unknown): unknown {
  if (typeof input !== 'string' || !/^\s*[[{]/.test(input)) return input ?? null
  try {
    return JSON.parse(input)
  } catch {
    return input
  }
}

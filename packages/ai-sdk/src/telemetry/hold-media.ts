import { formatPart, formatToolOutput } from '../parts/format-part.js'
import { findMedia, readGeneratedFile, readMediaPart } from '../parts/media-object.js'
import { isRecord, replaceMembers, type UnknownRecord } from '../record.js'
import type { Placeholders } from './placeholders.js'

/** Copies a value, with placeholders in place of what may be large. */
type Hold = (value: unknown) => unknown

/** A longer text is held, so that it can become an artifact; in characters. Texts of messages need not be. */
const MAX_LIGHT_CHARACTERS = 256

/**
 * Copies an event of the AI SDK's telemetry and puts placeholders in place of media and tool data. The event itself
 * belongs to the SDK and is not changed; everything else is the same in the copy.
 */
export function holdMedia(event: UnknownRecord, placeholders: Placeholders): UnknownRecord {
  const replaced: Record<string, unknown> = {}
  for (const [name, hold] of Object.entries(fieldHolds(placeholders))) {
    const value = name === 'files' ? allFiles(event) : event[name]
    if (value !== undefined) replaced[name] = hold(value)
  }
  return replaceMembers(event, replaced)
}

/** The files of an answer. Integrations write `files`, where those that were made while thinking are missing. */
function allFiles({ files, content }: UnknownRecord): unknown {
  if (!Array.isArray(files)) return undefined
  const answer: readonly unknown[] = Array.isArray(content) ? content : []
  return [...files, ...answer.filter((part) => isRecord(part) && part['type'] === 'reasoning-file')]
}

/** How each field of an event is copied. The names are the same in all events. */
function fieldHolds({ hold }: Placeholders): Record<string, Hold> {
  const holdData: Hold = (data) => {
    const isLight =
      typeof data === 'string'
        ? data.length <= MAX_LIGHT_CHARACTERS && findMedia(data) === undefined
        : Object(data) !== data
    return isLight ? data : hold((writer) => writer.value(data))
  }
  const holdToolCall: Hold = (part) =>
    isRecord(part)
      ? {
          ...part,
          ...('input' in part ? { input: holdData(part['input']) } : {}),
          ...('output' in part ? { output: holdData(part['output']) } : {}),
        }
      : part

  const holdPromptPart: Hold = (part) => {
    if (!isRecord(part)) return part
    switch (part['type']) {
      case 'tool-call':
        return holdToolCall(part)
      case 'tool-result': {
        const { output } = part
        return { ...part, output: { type: 'text', value: hold((writer) => formatToolOutput(output, writer)) } }
      }
      default:
        return readMediaPart(part) === undefined
          ? part
          : { type: 'text', text: hold((writer) => formatPart(part, writer)) }
    }
  }
  const holdMessage: Hold = (message) =>
    isRecord(message) && Array.isArray(message['content'])
      ? { ...message, content: message['content'].map(holdPromptPart) }
      : message

  const holdFile: Hold = (file) => {
    const media = readGeneratedFile(file) ?? (isRecord(file) ? readMediaPart(file) : undefined)
    if (media === undefined) return file
    return { mediaType: media.mediaType ?? null, base64: hold((writer) => writer.media(media)) }
  }
  const holdAnswerPart: Hold = (part) => {
    if (!isRecord(part)) return part
    switch (part['type']) {
      case 'tool-call':
      case 'tool-result':
        return holdToolCall(part)
      case 'file':
      case 'reasoning-file':
        return { ...part, type: 'file', file: holdFile(part) }
      default:
        return part
    }
  }
  const each =
    (holdOne: Hold): Hold =>
    (values) =>
      Array.isArray(values) ? values.map(holdOne) : values

  return {
    prompt: each(holdMessage),
    messages: each(holdMessage),
    promptMessages: each(holdMessage),
    content: each(holdAnswerPart),
    files: each(holdFile),
    toolCall: holdToolCall,
    toolCalls: each(holdToolCall),
    toolOutput: holdToolCall,
    toolResults: each(holdToolCall),
  }
}

import { formatPart, formatToolOutput } from '../parts/format-part.js'
import { findMedia, readGeneratedFile, readMediaPart } from '../parts/media-object.js'
import { isLongerThan } from '../parts/preview.js'
import { isRecord, replaceMembers, textOf, type UnknownRecord } from '../record.js'
import type { Placeholders } from './placeholders.js'

/** Copies a value, with placeholders in place of what is large. */
type Hold = (value: unknown) => unknown

/**
 * Copies an event of the AI SDK's telemetry and puts placeholders in place of media, long texts, and tool data. The
 * event itself belongs to the SDK and is not changed; whatever is not large is the same in the copy.
 *
 * @param maxInlineBytes a text above this size is held, in bytes of UTF-8
 */
export function holdMedia(event: UnknownRecord, placeholders: Placeholders, maxInlineBytes: number): UnknownRecord {
  const replaced: Record<string, unknown> = {}
  for (const [name, hold] of Object.entries(fieldHolds(placeholders, maxInlineBytes))) {
    const value = name === 'files' ? allFiles(event) : event[name]
    if (value !== undefined) replaced[name] = hold(value)
  }
  return replaceMembers(event, replaced)
}

/** The files of an answer. Integrations write `files`, where those that were made while thinking are missing. */
function allFiles({ files, content }: UnknownRecord): unknown {
  if (!Array.isArray(files)) return undefined
  return [...files, ...arrayOf(content).filter((part) => isRecord(part) && part['type'] === 'reasoning-file')]
}

/** How each field of an event is copied. The names are the same in all events. */
function fieldHolds(placeholders: Placeholders, maxInlineBytes: number): Record<string, Hold> {
  const isLong = (text: unknown): text is string => typeof text === 'string' && isLongerThan(text, maxInlineBytes)
  const holdPart = (part: unknown): string => placeholders.part(part, (writer) => formatPart(part, writer))
  const holdText: Hold = (text) =>
    isLong(text) ? placeholders.part(text, (writer) => writer.text('text', text)) : text
  const holdData: Hold = (data) => {
    const isLight = typeof data === 'string' ? !isLong(data) && findMedia(data) === undefined : Object(data) !== data
    return isLight ? data : placeholders.value(data, (writer) => writer.value(data))
  }
  const holdMembers =
    (members: Record<string, Hold>): Hold =>
    (value) => {
      if (!isRecord(value)) return value
      const copies = Object.entries(members).filter(([name]) => value[name] !== undefined)
      return { ...value, ...Object.fromEntries(copies.map(([name, hold]) => [name, hold(value[name])])) }
    }
  const holdEach =
    (hold: Hold): Hold =>
    (values) =>
      Array.isArray(values) ? values.map(hold) : hold(values)

  const holdLongText: Hold = (part) =>
    isRecord(part) && isLong(part['text']) ? { ...part, text: holdPart(part) } : part
  const holdPromptPart: Hold = (part) => {
    if (!isRecord(part)) return holdText(part)
    switch (part['type']) {
      case 'text':
      case 'reasoning':
        return holdLongText(part)
      case 'tool-call':
        return { ...part, input: holdData(part['input']) }
      case 'tool-result': {
        const { output } = part
        const value = placeholders.value(output, (writer) => formatToolOutput(output, writer))
        return { ...part, output: { type: 'text', value } }
      }
      default:
        return readMediaPart(part) === undefined ? part : { type: 'text', text: holdPart(part) }
    }
  }
  const holdFile: Hold = (file) => {
    const part = readGeneratedFile(file) === undefined ? file : { type: 'file', file }
    const media = isRecord(part) ? readMediaPart(part) : undefined
    if (media === undefined) return file
    const base64 = placeholders.part(file, (writer) => writer.media(media))
    return { type: 'file', mediaType: media.mediaType ?? 'application/octet-stream', base64 }
  }
  const holdAnswerPart: Hold = (part) => {
    if (!isRecord(part)) return part
    switch (part['type']) {
      case 'reasoning':
        return holdLongText(part)
      case 'tool-call':
        return { ...part, input: holdData(part['input']) }
      case 'tool-result':
        return { ...part, input: holdData(part['input']), output: holdData(part['output']) }
      case 'file':
      case 'reasoning-file':
        return { ...part, type: 'file', file: holdFile(part) }
      default:
        return part
    }
  }
  /** Integrations join the texts of an answer: a placeholder in their midst would be lost. */
  const holdAnswer: Hold = (content) => {
    const parts = arrayOf(content)
    const text = parts.map((part) => (isTextPart(part) ? textOf(part['text']) : '')).join('')
    if (!isLong(text)) return parts.map(holdAnswerPart)
    return [{ type: 'text', text: holdText(text) }, ...parts.filter((part) => !isTextPart(part)).map(holdAnswerPart)]
  }

  const holdMessages = holdEach(holdMembers({ content: holdEach(holdPromptPart) }))
  const holdToolCall = holdMembers({ input: holdData, output: holdData })
  return {
    instructions: (value) => (isRecord(value) || Array.isArray(value) ? holdMessages(value) : holdText(value)),
    system: (value) => (isRecord(value) || Array.isArray(value) ? holdMessages(value) : holdText(value)),
    prompt: (value) => (Array.isArray(value) ? holdMessages(value) : holdText(value)),
    messages: holdMessages,
    promptMessages: holdMessages,
    content: holdAnswer,
    files: holdEach(holdFile),
    finalStep: holdMembers({ reasoning: holdEach(holdLongText) }),
    text: holdText,
    objectText: holdText,
    object: (value) => {
      const json = Object(value) === value ? JSON.stringify(value) : undefined
      return isLong(json) ? placeholders.part(value, (writer) => writer.text('text', json)) : value
    },
    value: holdText,
    values: holdEach(holdText),
    toolCall: holdToolCall,
    toolCalls: holdEach(holdToolCall),
    toolOutput: holdToolCall,
    toolResults: holdEach(holdToolCall),
  }
}

function isTextPart(part: unknown): part is UnknownRecord {
  return isRecord(part) && part['type'] === 'text'
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

import type { AttributeValue } from '@opentelemetry/api'
import type { Settings } from '../options.js'
import type { PartWriter } from '../parts/part-writer.js'
import { replaceMedia } from '../parts/replace-media.js'
import type { UnknownRecord } from '../record.js'
import { findHeld, mentionsPlaceholder } from '../telemetry/placeholders.js'
import { parseSdkJson } from './sdk-json.js'

/**
 * What the AI SDK and its integrations write into an attribute that may hold media:
 * - `messages`: messages of the GenAI conventions.
 * - `data`: JSON whose structure others read. Media and long texts in it are replaced.
 * - `value`: JSON of a tool or an object. When it is too long it becomes an artifact as a whole.
 * - `text`: plain text.
 */
type Content = 'messages' | 'data' | 'value' | 'text'

const CONTENT_OF_KEY: Readonly<Record<string, Content>> = {
  'gen_ai.input.messages': 'messages',
  'gen_ai.output.messages': 'messages',
  'gen_ai.system_instructions': 'messages',
  'gen_ai.tool.call.arguments': 'value',
  'gen_ai.tool.call.result': 'value',
  'ai.prompt': 'data',
  'ai.prompt.messages': 'data',
  'ai.response.toolCalls': 'data',
  'ai.value': 'data',
  'ai.values': 'data',
  'ai.documents': 'data',
  'ai.toolCall.args': 'value',
  'ai.toolCall.result': 'value',
  'ai.response.object': 'value',
  'ai.response.text': 'text',
  'ai.response.reasoning': 'text',
  'ai.request.text': 'text',
}

/** What only data with media in it contain: a media type, a `data:` URL, or bytes that were written as JSON. */
const mediaHintPattern = /"(?:mediaType|mimeType|mime_type)":|"data:[\w+./-]*[;,]|\{"0":\d|"type":"Buffer"/

/** Whether an attribute may hold media or long text. Asked for every attribute: cheap, and changes nothing. */
export function isHeavyAttribute(key: string, value: AttributeValue, { maxInlineBytes }: Settings): boolean {
  const isKnown = Object.hasOwn(CONTENT_OF_KEY, key)
  const isHeavy = (text: unknown): boolean =>
    typeof text === 'string' &&
    (mentionsPlaceholder(text) ||
      // Three bytes are the most that one UTF-16 unit takes.
      (isKnown && (text.length * 3 > maxInlineBytes || mediaHintPattern.test(text))))
  return Array.isArray(value) ? value.some(isHeavy) : isHeavy(value)
}

/**
 * Replaces media and long texts in an attribute that the AI SDK has already written as text, as versions 5 and 6 do
 * before a tracer sees it, and puts parts in the place of placeholders. Asked only on spans that are recorded.
 *
 * @returns what makes the attribute
 */
export function rewriteAttribute(key: string, value: AttributeValue, writer: PartWriter): () => AttributeValue {
  const content = CONTENT_OF_KEY[key] ?? 'data'
  if (!Array.isArray(value)) return rewriteText(String(value), content, writer)
  const items = value.map((item) => rewriteText(String(item), content, writer))
  return () => items.map((item) => item())
}

function rewriteText(text: string, content: Content, writer: PartWriter): () => string {
  const parsed = content === 'text' ? undefined : parseSdkJson(text)
  if (parsed === undefined) {
    const part = writer.string(text)
    // What stays short stays the text that it was.
    return () => (typeof part === 'string' ? part : JSON.stringify(part))
  }
  const data = rewriteData(parsed.data, content, writer)
  return () => JSON.stringify(data) ?? 'null'
}

function rewriteData(data: unknown, content: Content, writer: PartWriter): unknown {
  const held = findHeld(data)
  if (held !== undefined) return held(writer)
  switch (content) {
    case 'messages':
      return replaceMedia(data, { media: writer.media, record: (record) => rewriteMessagePart(record, writer) })
    case 'data':
      return replaceMedia(data, {
        media: writer.media,
        text: (text) => findHeld(text)?.(writer) ?? writer.string(text),
        record: (record) => findHeld(record['text'])?.(writer),
      })
    case 'value':
    case 'text':
    default:
      return writer.value(data)
  }
}

/** @returns undefined for what is no part with content of its own */
function rewriteMessagePart(part: UnknownRecord, writer: PartWriter): unknown {
  const held = findHeld(part['content']) ?? findHeld(part['uri'])
  if (held !== undefined) return held(writer)
  const { type, content } = part
  switch (type) {
    case 'text':
    case 'reasoning': {
      if (typeof content !== 'string') return undefined
      const written = writer.string(content)
      return typeof written === 'string' ? part : writer.text(type, content)
    }
    case 'tool_call':
      return { ...part, arguments: rewriteToolData(part['arguments'], writer) }
    case 'tool_call_response':
      return { ...part, response: rewriteToolData(part['response'], writer) }
    default:
      return undefined
  }
}

function rewriteToolData(data: unknown, writer: PartWriter): unknown {
  const held = findHeld(data)
  return (held === undefined ? writer.value(data) : held(writer)) ?? null
}

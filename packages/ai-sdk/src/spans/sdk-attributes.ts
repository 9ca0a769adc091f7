import type { PartWriter } from '../parts/part-writer.js'
import type { AttributeRewriter } from './artifact-tracer.js'
import { parseSdkJson } from './sdk-json.js'

/**
 * What the AI SDK writes into an attribute that may hold media, and how much of it may change:
 * - `shape`: JSON whose structure others read; media and long texts in it are replaced.
 * - `media`: JSON of the GenAI conventions; only media are replaced.
 * - `value`: JSON of a tool or an object; when it is too long it becomes an artifact as a whole.
 * - `text`: plain text.
 */
type Content = 'shape' | 'media' | 'value' | 'text'

const CONTENT_OF_KEY: Readonly<Record<string, Content>> = {
  'ai.prompt': 'shape',
  'ai.prompt.messages': 'shape',
  'ai.response.toolCalls': 'shape',
  'ai.value': 'shape',
  'ai.values': 'shape',
  'ai.documents': 'shape',
  'ai.toolCall.args': 'value',
  'ai.toolCall.result': 'value',
  'ai.response.object': 'value',
  'ai.response.text': 'text',
  'ai.response.reasoning': 'text',
  'gen_ai.input.messages': 'media',
  'gen_ai.output.messages': 'media',
  'gen_ai.tool.call.arguments': 'value',
  'gen_ai.tool.call.result': 'value',
}

/** What only data with media in it contain: a media type, a `data:` URL, or bytes that were written as JSON. */
const mediaHintPattern = /"(?:mediaType|mimeType|mime_type)":|"data:[\w+./-]*[;,]|\{"0":\d|"type":"Buffer"/

/**
 * Replaces media and long texts in the attributes that the AI SDK has already written as text: versions 5 and 6 do so
 * before a tracer sees them.
 */
export function sdkAttributeRewriter(maxInlineBytes: number): AttributeRewriter {
  const isHeavy = (text: unknown): boolean =>
    // Three bytes are the most that one UTF-16 unit takes.
    typeof text === 'string' && (text.length * 3 > maxInlineBytes || mediaHintPattern.test(text))

  return {
    concerns: (key, value) =>
      Object.hasOwn(CONTENT_OF_KEY, key) && (Array.isArray(value) ? value.some(isHeavy) : isHeavy(value)),
    rewrite(key, value, writer) {
      const content = CONTENT_OF_KEY[key] ?? 'text'
      if (!Array.isArray(value)) return rewriteText(String(value), content, writer)
      const items = value.map((item) => rewriteText(String(item), content, writer))
      return () => items.map((item) => item())
    },
  }
}

function rewriteText(text: string, content: Content, writer: PartWriter): () => string {
  const parsed = content === 'text' ? undefined : parseSdkJson(text)
  if (parsed === undefined) {
    const part = writer.value(text)
    // What stays short stays the text that it was.
    return () => (typeof part === 'string' ? part : JSON.stringify(part))
  }
  const data = rewriteData(parsed.data, content, writer)
  return () => JSON.stringify(data) ?? 'null'
}

function rewriteData(data: unknown, content: Content, writer: PartWriter): unknown {
  switch (content) {
    case 'shape':
      return writer.shape(data)
    case 'media':
      return writer.withoutMedia(data)
    case 'value':
    case 'text':
    default:
      return writer.value(data)
  }
}

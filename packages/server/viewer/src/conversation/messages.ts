import { isSha256 } from '../api/endpoints.js'
import { parseJsonContainer } from '../json/parse-json.js'

/** Attributes that hold messages of a language model, in the order in which they are read. */
const messageAttributes = [
  { key: 'gen_ai.system_instructions', direction: 'system' },
  { key: 'gen_ai.input.messages', direction: 'input' },
  { key: 'gen_ai.output.messages', direction: 'output' },
] as const

type MessageDirection = (typeof messageAttributes)[number]['direction']

export interface Message {
  readonly role: string
  readonly name: string | undefined
  readonly parts: readonly MessagePart[]
  readonly finishReason: string | undefined
}

export interface MediaDescription {
  readonly modality: string
  readonly contentType: string | undefined
  readonly filename: string | undefined
  readonly sizeBytes: number | undefined
  /** Why the sender let the bytes go, if it did. */
  readonly dropped: string | undefined
}

export type MessagePart =
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  | {
      readonly type: 'artifact'
      readonly sha256: string
      readonly media: MediaDescription
      /** What the model thought and did not say, too long for the attribute. */
      readonly reasoning: boolean
    }
  | { readonly type: 'omitted'; readonly media: MediaDescription }
  | { readonly type: 'external'; readonly address: string; readonly media: MediaDescription }
  | { readonly type: 'blob'; readonly base64: string; readonly media: MediaDescription }
  | { readonly type: 'tool-call'; readonly id: string | undefined; readonly name: string; readonly value: ToolValue }
  | { readonly type: 'tool-response'; readonly id: string | undefined; readonly value: ToolValue }
  | { readonly type: 'other'; readonly name: string; readonly value: unknown }

/** What a tool was given or answered, and the media anywhere inside it. */
export interface ToolValue {
  readonly value: unknown
  readonly media: readonly MessagePart[]
}

export interface MessageGroup {
  readonly key: string
  readonly direction: MessageDirection
  readonly messages: readonly Message[]
}

/** The conversation in a span's attributes, as the OpenTelemetry GenAI conventions write it; empty if there is none. */
export function readConversation(attributes: Readonly<Record<string, unknown>>): readonly MessageGroup[] {
  const groups: MessageGroup[] = []
  for (const { key, direction } of messageAttributes) {
    const value = readValue(attributes[key])
    if (!Array.isArray(value) || value.length === 0) continue
    const messages =
      direction === 'system' && value.every((item) => isRecord(item) && !('role' in item))
        ? [{ role: 'system', name: undefined, parts: value.map(readPart), finishReason: undefined }]
        : value.filter(isRecord).map(readMessage)
    if (messages.length > 0) groups.push({ key, direction, messages })
  }
  return groups
}

function readValue(value: unknown): unknown {
  return typeof value === 'string' ? parseJsonContainer(value)?.value : value
}

function readMessage(message: Readonly<Record<string, unknown>>): Message {
  const parts = message['parts'] ?? message['content']
  return {
    role: text(message['role']) ?? 'unknown',
    name: text(message['name']),
    parts: Array.isArray(parts)
      ? parts.map(readPart)
      : typeof parts === 'string'
        ? [{ type: 'text', text: parts }]
        : [],
    finishReason: text(message['finish_reason']),
  }
}

function readPart(part: unknown): MessagePart {
  if (typeof part === 'string') return { type: 'text', text: part }
  if (!isRecord(part)) return { type: 'other', name: 'part', value: part }
  const type = text(part['type']) ?? 'part'
  switch (type) {
    case 'text':
    case 'reasoning': {
      const content = text(part['content']) ?? text(part['text'])
      return content === undefined ? { type: 'other', name: type, value: part } : { type, text: content }
    }
    case 'uri':
    case 'file':
      return readMedia(part)
    case 'blob': {
      const base64 = text(part['content']) ?? text(part['data'])
      return base64 === undefined ? { type: 'other', name: type, value: part } : { type, base64, media: describe(part) }
    }
    case 'tool_call':
      return {
        type: 'tool-call',
        id: text(part['id']),
        name: text(part['name']) ?? 'tool',
        value: readToolValue(part['arguments']),
      }
    case 'tool_call_response': {
      return { type: 'tool-response', id: text(part['id']), value: readToolValue(part['response'] ?? part['result']) }
    }
    case 'omitted':
      return { type: 'omitted', media: describe(part) }
    default:
      return { type: 'other', name: type, value: part }
  }
}

const artifactAddress = /^artifact:sha256:([0-9a-f]{64})$/
const artifactPathEnd = /\/artifacts\/([0-9a-f]{64})(?:\/blob)?$/

function readMedia(part: Readonly<Record<string, unknown>>): MessagePart {
  const address = text(part['uri']) ?? text(part['file_id']) ?? ''
  const named = part['sha256']
  const media = describe(part)
  // Only the digest is taken from the message. Where its bytes are is for this page to know.
  const sha256 = isSha256(named) ? named : (artifactAddress.exec(address) ?? artifactPathEnd.exec(address))?.[1]
  if (sha256 !== undefined) return { type: 'artifact', sha256, media, reasoning: part['reasoning'] === true }
  if (address === '') return { type: 'other', name: text(part['type']) ?? 'part', value: part }
  return { type: 'external', address, media }
}

/** How much of a tool's value is searched for media; a value this large is an artifact itself. */
const searchedValues = 10_000

function readToolValue(given: unknown): ToolValue {
  const value = readValue(given) ?? given
  const media: MessagePart[] = []
  const searched: unknown[] = [value]
  const search = (items: readonly unknown[]): void => {
    for (const item of items.slice(0, searchedValues - searched.length)) searched.push(item)
  }
  for (const item of searched) {
    if (Array.isArray(item)) search(item)
    if (!isRecord(item)) continue
    const part = item['type'] === 'uri' ? readMedia(item) : undefined
    if (part?.type === 'artifact') media.push(part)
    else search(Object.values(item))
  }
  // A value that was replaced as a whole has nothing left to unfold.
  return isRecord(value) && value['type'] === 'uri' && media.length === 1
    ? { value: undefined, media }
    : { value, media }
}

function describe(part: Readonly<Record<string, unknown>>): MediaDescription {
  const size = part['byte_size'] ?? part['size_bytes']
  return {
    modality: text(part['modality']) ?? 'file',
    contentType: text(part['mime_type']),
    filename: text(part['filename']),
    dropped: text(part['dropped']),
    sizeBytes: typeof size === 'number' && Number.isFinite(size) && size >= 0 ? size : undefined,
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { Ajv, type ValidateFunction } from 'ajv'

/**
 * The messages of the OpenTelemetry GenAI semantic conventions (gen-ai-input-messages.json, gen-ai-output-messages.json
 * and gen-ai-system-instructions.json, of May 2026), restated to be stricter: there a part of unknown shape counts as a
 * custom one, so that a wrong `uri` part would be valid; here each part has to be what its `type` says.
 */
const nullableText = { type: ['string', 'null'] }
const media = { modality: { enum: ['image', 'video', 'audio', 'document'] }, mime_type: nullableText }

function part(type: string, properties: Record<string, object>, required: readonly string[]): object {
  return {
    if: { type: 'object', properties: { type: { const: type } }, required: ['type'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { properties, required },
  }
}

const parts = {
  type: 'array',
  items: {
    type: 'object',
    properties: { type: { type: 'string', minLength: 1 } },
    required: ['type'],
    allOf: [
      part('text', { content: { type: 'string' } }, ['content']),
      part('reasoning', { content: { type: 'string' } }, ['content']),
      part('tool_call', { id: nullableText, name: { type: 'string' }, arguments: {} }, ['name']),
      part('tool_call_response', { id: nullableText, response: {} }, ['response']),
      part('blob', { ...media, content: { type: 'string' } }, ['modality', 'content']),
      part('file', { ...media, file_id: { type: 'string' } }, ['modality', 'file_id']),
      part(
        'uri',
        {
          ...media,
          uri: { type: 'string', pattern: '^[a-z][a-z0-9+.-]*:' },
          // Members of our own; the conventions allow any.
          byte_size: { type: 'integer', minimum: 0 },
          sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
          filename: { type: 'string' },
        },
        ['modality', 'mime_type', 'uri'],
      ),
    ],
  },
}

const message = {
  type: 'object',
  properties: { role: { enum: ['system', 'user', 'assistant', 'tool'] }, parts },
  required: ['role', 'parts'],
}

const ajv = new Ajv({ allowUnionTypes: true })

const validators: Readonly<Record<string, ValidateFunction>> = {
  'gen_ai.input.messages': ajv.compile({ type: 'array', items: message }),
  'gen_ai.output.messages': ajv.compile({
    type: 'array',
    items: {
      ...message,
      properties: {
        ...message.properties,
        finish_reason: { enum: ['stop', 'length', 'content_filter', 'tool_call', 'error', 'aborted'] },
      },
      required: [...message.required, 'finish_reason'],
    },
  }),
  'gen_ai.system_instructions': ajv.compile(parts),
}

/**
 * What is wrong with the messages in some attributes.
 *
 * @returns one line for each mistake; none when all are as the conventions say
 */
export function schemaMistakes(attributes: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(validators).flatMap(([key, validate]) => {
    const value = attributes[key]
    if (value === undefined) return []
    if (typeof value !== 'string') return [`${key} is no text`]
    if (validate(JSON.parse(value))) return []
    return (validate.errors ?? []).map((error) => `${key}${error.instancePath} ${error.message}`)
  })
}

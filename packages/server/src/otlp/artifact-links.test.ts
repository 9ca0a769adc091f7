import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { findArtifactLinks } from './artifact-links.js'

const digest = createHash('sha256').update('a picture').digest('hex')
const uriPart = { type: 'uri', modality: 'image', mime_type: 'image/png', uri: `artifact:sha256:${digest}` }
const reference = { sha256: digest, size_bytes: 9, content_type: 'image/png' }

test.each(['gen_ai.input.messages', 'gen_ai.output.messages', 'ai.prompt.messages', 'ai.toolCall.result'])(
  'finds the media parts of messages in %s, however deep they stand',
  (key) => {
    const response = { pictures: [{ ...uriPart, sha256: digest, byte_size: 9 }] }
    const messages = [{ role: 'tool', parts: [{ type: 'tool_call_response', id: '1', response }] }]
    expect(findArtifactLinks([{ [key]: JSON.stringify(messages) }])).toEqual([{ key, reference }])
  },
)

test('takes over why a media part was not stored', () => {
  const part = { ...uriPart, sha256: digest, byte_size: 9, dropped: 'queue_full' }
  const messages = JSON.stringify([{ role: 'user', parts: [part] }])
  expect(findArtifactLinks([{ 'gen_ai.input.messages': messages }])).toEqual([
    { key: 'gen_ai.input.messages', reference: { ...reference, dropped: 'queue_full' } },
  ])
})

test('takes a media part for one in messages only', () => {
  const part = JSON.stringify([{ ...uriPart, sha256: digest, byte_size: 9 }])
  expect(findArtifactLinks([{ 'app.parts': part }])).toEqual([])
})

import { describe, expect, test } from 'vitest'
import { readConversation } from './messages.js'

const sha256 = 'c'.repeat(64)
const input = (parts: unknown): ReturnType<typeof readConversation> =>
  readConversation({ 'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts }]) })
const partsOf = (parts: unknown) => input(parts)[0]?.messages[0]?.parts

describe('messages of a model', () => {
  test('are read from text and from structured attributes alike', () => {
    const messages = [{ role: 'user', parts: [{ type: 'text', content: 'hello' }] }]
    const expected = [
      {
        key: 'gen_ai.input.messages',
        direction: 'input',
        messages: [
          { role: 'user', name: undefined, parts: [{ type: 'text', text: 'hello' }], finishReason: undefined },
        ],
      },
    ]
    expect(readConversation({ 'gen_ai.input.messages': JSON.stringify(messages) })).toEqual(expected)
    expect(readConversation({ 'gen_ai.input.messages': messages })).toEqual(expected)
  })

  test('come in the order system, input, output', () => {
    const groups = readConversation({
      'gen_ai.output.messages': '[{"role":"assistant","parts":[],"finish_reason":"stop"}]',
      'gen_ai.system_instructions': '[{"type":"text","content":"Be brief."}]',
      'gen_ai.input.messages': '[{"role":"user","content":"plain"}]',
    })
    expect(groups.map(({ direction }) => direction)).toEqual(['system', 'input', 'output'])
    expect(groups[0]?.messages[0]).toMatchObject({ role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] })
    expect(groups[1]?.messages[0]?.parts).toEqual([{ type: 'text', text: 'plain' }])
    expect(groups[2]?.messages[0]?.finishReason).toBe('stop')
  })

  test.each([
    [{ type: 'uri', modality: 'image', uri: 'https://x.example/a.png', sha256 }],
    [{ type: 'uri', modality: 'image', uri: `artifact:sha256:${sha256}` }],
    [{ type: 'uri', modality: 'image', uri: `https://broker.example/artifacts/${sha256}` }],
    [{ type: 'uri', modality: 'image', uri: `https://broker.example/v1/artifacts/${sha256}/blob` }],
  ])('name an artifact: %j', (part) => {
    expect(partsOf([part])).toMatchObject([{ type: 'artifact', sha256, media: { modality: 'image' } }])
  })

  test.each([
    [{ type: 'uri', modality: 'image', uri: 'https://x.example/a.png' }],
    [{ type: 'uri', modality: 'image', uri: 'javascript:alert(1)' }],
    [{ type: 'uri', modality: 'image', uri: `artifact:sha256:${sha256.toUpperCase()}` }],
    [{ type: 'uri', modality: 'image', uri: 'x', sha256: '../../secret' }],
  ])('name something elsewhere, which is never loaded: %j', (part) => {
    expect(partsOf([part])).toMatchObject([{ type: 'external', address: part.uri }])
  })

  test('hold tools and reasoning', () => {
    expect(
      partsOf([
        { type: 'reasoning', content: 'hm' },
        { type: 'tool_call', id: '1', name: 'draw', arguments: '{"month":3}' },
        { type: 'tool_call_response', id: '1', result: 'done' },
      ]),
    ).toEqual([
      { type: 'reasoning', text: 'hm' },
      { type: 'tool-call', id: '1', name: 'draw', value: { value: { month: 3 }, media: [] } },
      { type: 'tool-response', id: '1', value: { value: 'done', media: [] } },
    ])
  })

  test('show the media inside what tools were given and answered', () => {
    const picture = { type: 'uri', modality: 'image', uri: `artifact:sha256:${sha256}` }
    const media = [expect.objectContaining({ type: 'artifact', sha256 })]
    expect(partsOf([{ type: 'tool_call_response', response: { pages: [{ scan: picture }], count: 1 } }])).toMatchObject(
      [{ value: { value: { count: 1 }, media } }],
    )
    // A whole value that was too long for the attribute.
    expect(partsOf([{ type: 'tool_call_response', response: picture }])).toMatchObject([
      { value: { value: undefined, media } },
    ])
  })

  test('are read whatever the number of members of what a tool answered', () => {
    const response = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`member ${index}`, index]))
    expect(partsOf([{ type: 'tool_call_response', response }])).toEqual([
      { type: 'tool-response', id: undefined, value: { value: response, media: [] } },
    ])
  })

  test('tell what was left out, and why', () => {
    const left = { type: 'omitted', modality: 'video', mime_type: 'video/mp4', byte_size: 9, dropped: 'media_type' }
    expect(partsOf([left])).toMatchObject([{ type: 'omitted', media: { dropped: 'media_type', sizeBytes: 9 } }])
    const lost = { type: 'uri', modality: 'text', sha256, uri: 'x', dropped: 'queue_full', reasoning: true }
    expect(partsOf([lost])).toMatchObject([{ type: 'artifact', reasoning: true, media: { dropped: 'queue_full' } }])
  })

  test('of shapes that nobody foresaw are kept as they are', () => {
    expect(partsOf(['text', 7, { type: 'text' }, { type: 'hologram', x: 1 }])).toEqual([
      { type: 'text', text: 'text' },
      { type: 'other', name: 'part', value: 7 },
      { type: 'other', name: 'text', value: { type: 'text' } },
      { type: 'other', name: 'hologram', value: { type: 'hologram', x: 1 } },
    ])
  })

  test.each(['', 'not json', '{}', '[]', 'null', 42, null, undefined])('are none in %j', (value) => {
    expect(readConversation({ 'gen_ai.input.messages': value })).toEqual([])
  })
})

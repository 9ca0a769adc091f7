import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { capture } from './test-fixtures/capture.js'
import { base64, png, sha256 } from './test-fixtures/media.js'
import { modelSpans, readMessages, readParts } from './test-fixtures/read-messages.js'
import { attributeCharacters, startRecording } from './test-fixtures/recording.js'
import { type AnswerPart, type Sdk, sdks } from './test-fixtures/sdk.js'

/** Above what is hashed at once. */
const LARGE_BYTES = 3 * 1024 * 1024

const turns = 6

/** What a model answers that calls a tool on each turn but the last. */
const answers: readonly (readonly AnswerPart[])[] = Array.from({ length: turns }, (_, turn) => [
  turn === turns - 1
    ? { type: 'text', text: 'Done.' }
    : { type: 'tool-call', toolCallId: `call-${turn}`, toolName: 'next', input: '{}' },
])

const agent = (sdk: Sdk): Record<string, unknown> => ({
  tools: { next: sdk.tool({ inputSchema: z.object({}), execute: async () => 'go on' }) },
  stopWhen: sdk.stopAfter(turns),
})

describe.each(sdks)('an agent of AI SDK $version', (sdk) => {
  test.each([
    ['bytes', (picture: Uint8Array): unknown => picture],
    ['base64', base64],
    ['an ArrayBuffer', (picture: Uint8Array): unknown => picture.slice().buffer],
  ])('an image that is sent on every turn, as %s, is uploaded once', async (_name, given) => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const picture = png(200_000, 4)
    await sdk.generateText({
      ...agent(sdk),
      model: model(sdk.models.language(answers)),
      messages: [{ role: 'user', content: [{ type: 'image', image: given(picture) }] }],
      ...telemetry(),
    })
    expect(modelSpans(recording)).toHaveLength(turns)
    for (const span of modelSpans(recording)) {
      expect(readParts(span, 'input', 'user')).toMatchObject([{ type: 'uri', sha256: sha256(picture) }])
    }
    await recording.flush()
    expect([...recording.stored.artifacts.keys()]).toEqual([sha256(picture)])
    expect(recording.client.stats()).toMatchObject({ uploaded: 1, uploadedBytes: 200_000 })
    expect(attributeCharacters(recording.spans())).toBeLessThan(40_000)
  })

  test('large media are hashed while the model thinks, and are on the span when it ends', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const [given, made] = [png(LARGE_BYTES, 5), png(LARGE_BYTES, 6)]
    const result = await sdk.generateText({
      model: model(
        sdk.models.language(
          [
            [
              { type: 'text', text: 'Here.' },
              { type: 'file', mediaType: 'image/png', data: made },
            ],
          ],
          { delayMs: 50 },
        ),
      ),
      messages: [{ role: 'user', content: [{ type: 'image', image: given }] }],
      ...telemetry(),
    })
    expect(sha256(result.files[0]!.uint8Array)).toBe(sha256(made))
    const [span] = modelSpans(recording)
    expect(readParts(span, 'input', 'user')).toMatchObject([{ sha256: sha256(given), byte_size: LARGE_BYTES }])
    expect(readParts(span, 'output', 'assistant')).toContainEqual(expect.objectContaining({ sha256: sha256(made) }))
    await recording.flush()
    expect(new Set(recording.stored.artifacts.keys())).toEqual(new Set([sha256(given), sha256(made)]))
  })

  test('a model that is wrapped twice, by middleware and as a whole, is captured once', async () => {
    await using recording = startRecording()
    const { artifacts, telemetry, model } = capture(sdk, recording)
    const language = sdk.models.language([[{ type: 'text', text: 'Yes.' }]])
    const middleware = artifacts.middleware()
    const wrapped = model(sdk.wrapLanguageModel({ model: model(model(language)), middleware }))
    await sdk.generateText({ model: wrapped, prompt: 'Really?', ...telemetry() })
    const [span, ...others] = modelSpans(recording)
    expect(others).toEqual([])
    expect(readMessages(span, 'output')).toHaveLength(1)
    expect(language.doGenerateCalls).toHaveLength(1)
  })

  test('a call that is tried again records the answer that came at last', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const language = sdk.models.language([[{ type: 'text', text: 'At last.' }]])
    const generate = language.doGenerate.bind(language)
    let attempts = 0
    const flaky = Object.assign(language, {
      doGenerate: async (options: object) => {
        attempts += 1
        if (attempts === 1) throw sdk.retryableError()
        return generate(options)
      },
    })
    const { text } = await sdk.generateText({ model: model(flaky), prompt: 'Hello?', maxRetries: 1, ...telemetry() })
    expect(text).toBe('At last.')
    expect(readMessages(modelSpans(recording).at(-1), 'output')).toMatchObject([
      { parts: [{ type: 'text', content: 'At last.' }] },
    ])
  })
})

import { describe, expect, test } from 'vitest'
import { createArtifactTelemetry } from './index.js'
import { plainTelemetry } from './test-fixtures/capture.js'
import { png, sha256 } from './test-fixtures/media.js'
import { modelSpans, readParts } from './test-fixtures/read-messages.js'
import { attributeCharacters, startRecording } from './test-fixtures/recording.js'
import { type AnswerPart, sdks } from './test-fixtures/sdk.js'

const picture = png(50_000, 1)
const messages = [{ role: 'user', content: [{ type: 'image', image: picture }] }]
const answer: readonly AnswerPart[] = [{ type: 'text', text: 'A cat.' }]

describe.each(sdks.filter(({ version }) => version < 7))('the tracer alone, with AI SDK $version', (sdk) => {
  test('takes media out of what the SDK writes', async () => {
    await using recording = startRecording()
    const artifacts = createArtifactTelemetry({ client: recording.client })
    const model = sdk.models.language([answer])
    const tracer = artifacts.tracer(recording.tracer)
    await sdk.generateText({ model, messages, experimental_telemetry: { isEnabled: true, tracer } })
    expect(recording.spans().map(({ name }) => name)).toEqual(['ai.generateText.doGenerate', 'ai.generateText'])
    for (const { attributes } of recording.spans()) {
      const prompt = String(attributes['ai.prompt'] ?? attributes['ai.prompt.messages'])
      expect(JSON.stringify(JSON.parse(prompt))).toContain(sha256(picture))
    }
    expect(attributeCharacters(recording.spans())).toBeLessThan(5000)
    await recording.flush()
    expect(recording.stored.artifacts.get(sha256(picture))?.bytes).toEqual(picture)
    expect(recording.client.stats().uploaded).toBe(1)
  })

  test('leaves the spans of others, and every attribute that it does not know, as they are', async () => {
    await using recording = startRecording()
    const tracer = createArtifactTelemetry({ client: recording.client }).tracer(recording.tracer)
    const long = 'x'.repeat(20_000)
    const result = tracer.startActiveSpan('mine', { attributes: { long, list: ['a', 'b'] } }, (span) => {
      span.setAttributes({ more: long, number: 7 }).setAttribute('ai.embedding', long)
      span.end()
      return 'returned'
    })
    expect(result).toBe('returned')
    expect(recording.spans()[0]?.attributes).toEqual({
      long,
      list: ['a', 'b'],
      more: long,
      number: 7,
      'ai.embedding': long,
    })
  })
})

describe.each(sdks)('the middleware alone, with AI SDK $version', (sdk) => {
  test('writes the messages beside what the SDK writes', async () => {
    await using recording = startRecording()
    const artifacts = createArtifactTelemetry({ client: recording.client })
    const model = sdk.wrapLanguageModel({ model: sdk.models.language([answer]), middleware: artifacts.middleware() })
    await sdk.generateText({ model, messages, ...plainTelemetry(sdk, recording) })
    const [span] = modelSpans(recording)
    expect(readParts(span, 'input', 'user')).toMatchObject([
      { type: 'uri', modality: 'image', sha256: sha256(picture) },
    ])
    expect(readParts(span, 'output', 'assistant')).toEqual([{ type: 'text', content: 'A cat.' }])
  })

  test('writes nothing onto a span that is not of the SDK', async () => {
    await using recording = startRecording()
    const artifacts = createArtifactTelemetry({ client: recording.client })
    const model = sdk.wrapLanguageModel({ model: sdk.models.language([answer]), middleware: artifacts.middleware() })
    const off = sdk.version === 7 ? { telemetry: { isEnabled: false } } : {}
    await recording.tracer.startActiveSpan('request', async (span) => {
      await sdk.generateText({ model, messages, ...off })
      span.end()
    })
    expect(recording.spans().map(({ attributes }) => attributes)).toEqual([{}])
    expect(recording.client.stats().accepted).toBe(0)
  })
})

test.each(sdks.filter(({ version }) => version < 7))(
  'where AI SDK $version does not show whether an answer may be recorded, it is not',
  async (sdk) => {
    await using recording = startRecording()
    const artifacts = createArtifactTelemetry({ client: recording.client })
    const answers: readonly AnswerPart[] = [{ type: 'file', mediaType: 'image/png', data: picture }]
    const model = artifacts.wrapModel(sdk.models.language([answers]))
    await sdk.generateText({ model, prompt: 'Draw.', ...plainTelemetry(sdk, recording) })
    expect(modelSpans(recording)[0]?.attributes['gen_ai.output.messages']).toBeUndefined()
    expect(recording.client.stats().accepted).toBe(0)
  },
)

test.each(sdks)('a buffer that changed between two turns is another artifact, in AI SDK $version', async (sdk) => {
  await using recording = startRecording()
  const artifacts = createArtifactTelemetry({ client: recording.client })
  const model = artifacts.wrapModel(sdk.models.language([answer]))
  const frame = png(200_000, 1)
  const digests: string[] = []
  for (const seed of [1, 2]) {
    frame.set(png(200_000, seed))
    await sdk.generateText({
      model,
      messages: [{ role: 'user', content: [{ type: 'image', image: frame }] }],
      ...plainTelemetry(sdk, recording),
    })
    digests.push(sha256(frame))
  }
  expect(modelSpans(recording).map((span) => readParts(span, 'input', 'user')[0]?.['sha256'])).toEqual(digests)
})

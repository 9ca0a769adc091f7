import { ArtifactConfigurationError } from '@span-artifacts/core'
import { generateText } from 'ai7'
import { MockLanguageModelV4 } from 'ai7/test'
import { describe, expect, test } from 'vitest'
import { artifactMiddleware, createArtifactTelemetry, wrapModel, wrapProvider } from './index.js'
import { capture } from './test-fixtures/capture.js'
import { base64, pdf, png, sha256, wav } from './test-fixtures/media.js'
import { modelSpans, readParts } from './test-fixtures/read-messages.js'
import { startRecording } from './test-fixtures/recording.js'
import { sdks } from './test-fixtures/sdk.js'

describe('options', () => {
  test.each([
    ['maxInlineBytes', -1],
    ['previewBytes', 1.5],
    ['minBytes', '7'],
    ['mediaTypes', 'image/*'],
    ['mediaTypes', ['image']],
    ['recordInputs', 'no'],
    ['client', 'here'],
    ['client', { endpoint: 'https://example.com' }],
    ['tracer', null],
    ['tracer', {}],
  ])('a wrong %s is named at once', (option, value) => {
    const options: Record<string, unknown> = { [option]: value }
    for (const use of [createArtifactTelemetry, artifactMiddleware]) {
      expect(() => use(options)).toThrow(ArtifactConfigurationError)
      expect(() => use(options)).toThrow(option)
    }
    expect(() => wrapModel({}, options)).toThrow(option)
    expect(() => wrapProvider({}, options)).toThrow(option)
  })

  test('an unknown one is named, with those that exist', () => {
    const options: Record<string, unknown> = { maxBytes: 1 }
    expect(() => createArtifactTelemetry(options)).toThrow(/"maxBytes".+maxInlineBytes/)
  })

  test.each(sdks)('minBytes and mediaTypes decide what becomes an artifact, in version $version', async (sdk) => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording, { minBytes: 2500, mediaTypes: ['image/*', 'application/pdf'] })
    const files = [
      { data: png(2000), mediaType: 'image/png' },
      { data: pdf(), mediaType: 'application/pdf' },
      { data: wav(), mediaType: 'audio/wav' },
    ]
    await sdk.generateText({
      model: model(sdk.models.language([[{ type: 'text', text: 'Seen.' }]])),
      messages: [{ role: 'user', content: files.map((file) => ({ type: 'file', ...file })) }],
      ...telemetry(),
    })
    expect(readParts(modelSpans(recording)[0], 'input', 'user')).toEqual([
      { type: 'blob', modality: 'image', mime_type: 'image/png', content: base64(png(2000)) },
      expect.objectContaining({ type: 'uri', modality: 'document', sha256: sha256(pdf()) }),
      { type: 'omitted', modality: 'audio', mime_type: 'audio/wav', byte_size: 4000, dropped: 'media_type' },
    ])
    await recording.flush()
    expect([...recording.stored.artifacts.keys()]).toEqual([sha256(pdf())])
  })

  test('maxInlineBytes and previewBytes are counted in bytes, and cut between characters', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdks[2]!, recording, { maxInlineBytes: 300, previewBytes: 10 })
    const ask = async (prompt: string) => {
      await sdks[2]!.generateText({ model: model(sdks[2]!.models.language([[]])), prompt, ...telemetry() })
      return readParts(modelSpans(recording).at(-1), 'input', 'user')[0]
    }
    expect(await ask('日'.repeat(100))).toEqual({ type: 'text', content: '日'.repeat(100) })
    expect(await ask('日'.repeat(101))).toMatchObject({ type: 'uri', preview: '日日日', byte_size: 303 })
    expect(await ask('😀'.repeat(101))).toMatchObject({ type: 'uri', preview: '😀😀' })
  })

  test('a preview may be as long as the text, however much more is allowed', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdks[2]!, recording, { previewBytes: Number.MAX_SAFE_INTEGER })
    const prompt = 'é'.repeat(10_000)
    await sdks[2]!.generateText({ model: model(sdks[2]!.models.language([[]])), prompt, ...telemetry() })
    expect(readParts(modelSpans(recording)[0], 'input', 'user')).toMatchObject([{ type: 'uri', preview: prompt }])
  })

  test('without options the global client is asked, and only when there is something to store', async () => {
    await using _recording = startRecording()
    const model = new MockLanguageModelV4({
      doGenerate: async () => {
        throw new Error('no model')
      },
    })
    await expect(generateText({ model: wrapModel(model), prompt: 'x', maxRetries: 0 })).rejects.toThrow('no model')
    expect(wrapModel('openai/gpt-5')).toBe('openai/gpt-5')
    expect(wrapModel(undefined)).toBe(undefined)
  })
})

import { SpanStatusCode } from '@opentelemetry/api'
import { describe, expect, test } from 'vitest'
import { capture, plainTelemetry } from './test-fixtures/capture.js'
import { base64, mp4, png, sha256, wav } from './test-fixtures/media.js'
import { readMessages } from './test-fixtures/read-messages.js'
import { type Recording, startRecording } from './test-fixtures/recording.js'
import { sdks } from './test-fixtures/sdk.js'

/** The spans of calls of models that are no language models, whoever started them. */
const mediaSpans = (recording: Recording) =>
  recording
    .spans()
    .filter(({ attributes }) => 'gen_ai.input.messages' in attributes || 'gen_ai.output.messages' in attributes)

describe.each(sdks)('models of AI SDK $version that make or take media', (sdk) => {
  test('generateImage stores the images that were made', async () => {
    await using recording = startRecording()
    const { model } = capture(sdk, recording)
    const { images } = await recording.tracer.startActiveSpan('request', async (span) => {
      const result = await sdk.generateImage({
        model: model(sdk.models.image([base64(png(4000, 1)), base64(png(4000, 2))])),
        prompt: 'A cat.',
      })
      span.end()
      return result
    })
    expect(images.map(({ uint8Array }) => sha256(uint8Array))).toEqual([sha256(png(4000, 1)), sha256(png(4000, 2))])
    const [span, ...others] = mediaSpans(recording)
    expect(others).toEqual([])
    expect(span?.name).toBe('generate_image mock-image')
    expect(span?.attributes).toMatchObject({
      'gen_ai.operation.name': 'generate_image',
      'gen_ai.provider.name': 'mock',
      'gen_ai.request.model': 'mock-image',
    })
    expect(span?.parentSpanContext?.spanId).toBe(
      recording
        .spans()
        .find(({ name }) => name === 'request')
        ?.spanContext().spanId,
    )
    expect(readMessages(span, 'input')).toEqual([{ role: 'user', parts: [{ type: 'text', content: 'A cat.' }] }])
    expect(readMessages(span, 'output')).toMatchObject([
      {
        role: 'assistant',
        parts: [
          { type: 'uri', modality: 'image', mime_type: 'image/png', sha256: sha256(png(4000, 1)) },
          { type: 'uri', modality: 'image', mime_type: 'image/png', sha256: sha256(png(4000, 2)) },
        ],
      },
    ])
    await recording.flush()
    expect(recording.stored.artifacts.get(sha256(png(4000, 2)))?.bytes).toEqual(png(4000, 2))
  })

  test('generateSpeech stores the speech, beside the text', async () => {
    await using recording = startRecording()
    const { model, telemetry } = capture(sdk, recording)
    const { audio } = await sdk.generateSpeech({
      model: model(sdk.models.speech(wav())),
      text: 'Hello.',
      ...(sdk.version === 7 ? telemetry() : {}),
    })
    expect(sha256(audio.uint8Array)).toBe(sha256(wav()))
    // Where the SDK's own integration has a span for the call, that is the one.
    expect(mediaSpans(recording).map(({ name }) => name)).toEqual([
      sdk.version === 7 ? 'ai.generateSpeech mock-speech' : 'generate_speech mock-speech',
    ])
    const [span] = mediaSpans(recording)
    expect(readMessages(span, 'input')).toEqual([{ role: 'user', parts: [{ type: 'text', content: 'Hello.' }] }])
    expect(readMessages(span, 'output')).toMatchObject([
      { role: 'assistant', parts: [{ type: 'uri', modality: 'audio', sha256: sha256(wav()), byte_size: 4000 }] },
    ])
    await recording.flush()
    expect(recording.stored.artifacts.get(sha256(wav()))?.bytes).toEqual(wav())
  })

  test('transcribe stores the audio, beside the transcript', async () => {
    await using recording = startRecording()
    const { model, telemetry } = capture(sdk, recording)
    const { text } = await sdk.transcribe({
      model: model(sdk.models.transcription('Good morning.')),
      audio: wav(),
      ...(sdk.version === 7 ? telemetry() : {}),
    })
    expect(text).toBe('Good morning.')
    expect(mediaSpans(recording).map(({ name }) => name)).toEqual([
      sdk.version === 7 ? 'ai.transcribe mock-transcription' : 'transcribe mock-transcription',
    ])
    const [span] = mediaSpans(recording)
    expect(readMessages(span, 'input')).toMatchObject([
      { role: 'user', parts: [{ type: 'uri', modality: 'audio', sha256: sha256(wav()) }] },
    ])
    expect(readMessages(span, 'output')).toMatchObject([
      { role: 'assistant', parts: [{ type: 'text', content: 'Good morning.' }] },
    ])
  })

  test('every model of a wrapped provider is captured', async () => {
    await using recording = startRecording()
    const { artifacts } = capture(sdk, recording)
    class Provider {
      readonly #secret = 'kept'
      readonly tools = { search: () => this.#secret }
      imageModel = () => sdk.models.image([png()])
      speech() {
        return this.#secret && sdk.models.speech(wav())
      }
    }
    const provider = artifacts.wrapProvider(Object.freeze(new Provider()))
    await sdk.generateImage({ model: provider.imageModel(), prompt: 'A cat.' })
    await sdk.generateSpeech({ model: provider.speech(), text: 'Hello.' })
    expect(mediaSpans(recording).map(({ name }) => name)).toEqual([
      'generate_image mock-image',
      'generate_speech mock-speech',
    ])
    expect(provider.tools.search()).toBe('kept')

    const callable = artifacts.wrapProvider(
      Object.assign((_id: string) => sdk.models.image([png()]), { provider: 'mine' }),
    )
    await sdk.generateImage({ model: callable('any'), prompt: 'A cat.' })
    expect(callable.provider).toBe('mine')
    expect(mediaSpans(recording)).toHaveLength(3)
  })

  test('hands on an error as it is, and does not quote it', async () => {
    await using recording = startRecording()
    const { model } = capture(sdk, recording)
    const failure = new TypeError('cannot draw "the secret cat"')
    const broken = Object.assign(sdk.models.image([]), { doGenerate: () => Promise.reject(failure) })
    const attempt = sdk.generateImage({ model: model(broken), prompt: 'A cat.', maxRetries: 0 })
    await expect(attempt).rejects.toBe(failure)
    const [span] = recording.spans()
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR })
    expect(span?.attributes['error.type']).toBe('TypeError')
    expect(JSON.stringify([span?.attributes, span?.events])).not.toContain('secret')
  })

  test('our own options hold for all of them', async () => {
    await using recording = startRecording()
    const { model } = capture(sdk, recording, { recordInputs: false, recordOutputs: false })
    await sdk.generateImage({ model: model(sdk.models.image([png()])), prompt: 'The secret.' })
    await sdk.transcribe({ model: model(sdk.models.transcription('The secret.')), audio: wav() })
    expect(mediaSpans(recording)).toEqual([])
    expect(recording.client.stats().accepted).toBe(0)
  })
})

describe.each(sdks.filter(({ version }) => version > 5))('image and video models of AI SDK $version', (sdk) => {
  test('generateImage stores the images that it starts from', async () => {
    await using recording = startRecording()
    const { model } = capture(sdk, recording)
    await sdk.generateImage({
      model: model(sdk.models.image([png(4000, 1)])),
      prompt: { text: 'A hat, please.', images: [png(3000, 5)], mask: png(2000, 6) },
    })
    expect(readMessages(mediaSpans(recording)[0], 'input')).toMatchObject([
      {
        parts: [
          { type: 'text', content: 'A hat, please.' },
          { type: 'uri', modality: 'image', sha256: sha256(png(3000, 5)) },
          { type: 'uri', modality: 'image', sha256: sha256(png(2000, 6)) },
        ],
      },
    ])
  })

  test('generateVideo stores the video that was made', async () => {
    await using recording = startRecording()
    const { model } = capture(sdk, recording)
    const { videos } = await sdk.generateVideo!({ model: model(sdk.models.video!(mp4())), prompt: 'A cat runs.' })
    expect(sha256(videos[0]!.uint8Array)).toBe(sha256(mp4()))
    const [span] = mediaSpans(recording)
    expect(span?.name).toBe('generate_video mock-video')
    expect(readMessages(span, 'output')).toMatchObject([
      { parts: [{ type: 'uri', modality: 'video', mime_type: 'video/mp4', sha256: sha256(mp4()), byte_size: 5000 }] },
    ])
  })
})

describe.each(sdks.filter(({ version }) => version === 7))('speech and transcription of AI SDK $version', (sdk) => {
  test.each([
    ['the decorated integration', true],
    ['an integration that knows nothing of it', false],
  ])('recordInputs and recordOutputs hold for speech and transcription, with %s', async (_name, isDecorated) => {
    await using recording = startRecording()
    const { model, telemetry } = capture(sdk, recording)
    const off = { recordInputs: false, recordOutputs: false }
    const settings = isDecorated ? telemetry(off) : plainTelemetry(sdk, recording, off)
    await sdk.generateSpeech({ model: model(sdk.models.speech(wav())), text: 'The secret.', ...settings })
    await sdk.transcribe({ model: model(sdk.models.transcription('The secret.')), audio: wav(), ...settings })
    expect(recording.spans().length).toBeGreaterThan(1)
    expect(JSON.stringify(recording.spans().map(({ attributes }) => attributes))).not.toContain('secret')
    expect(recording.client.stats().accepted).toBe(0)
  })
})

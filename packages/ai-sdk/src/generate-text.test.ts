import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { capture } from './test-fixtures/capture.js'
import { base64, mp4, pdf, png, sha256, wav } from './test-fixtures/media.js'
import { modelSpans, readMessages, readParts } from './test-fixtures/read-messages.js'
import { startRecording } from './test-fixtures/recording.js'
import { type AnswerPart, sdks } from './test-fixtures/sdk.js'

const answer: readonly AnswerPart[] = [{ type: 'text', text: 'A cat.' }]

const storedFile = (bytes: Uint8Array, modality: string, mimeType: string) => ({
  type: 'uri',
  modality,
  mime_type: mimeType,
  uri: `artifact:sha256:${sha256(bytes)}`,
  byte_size: bytes.length,
  sha256: sha256(bytes),
})

const storedText = (text: string) => ({
  type: 'uri',
  modality: 'document',
  mime_type: 'text/plain; charset=utf-8',
  sha256: sha256(text),
  byte_size: Buffer.byteLength(text),
  preview: expect.stringMatching(`^${text.slice(0, 8)}`) as unknown,
})

describe.each(sdks)('generateText of AI SDK $version', (sdk) => {
  test('stores images, audio, video and documents of a prompt, however they are given', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const language = sdk.models.language([answer])
    const result = await sdk.generateText({
      model: model(language),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', image: png(2000, 1) },
            { type: 'image', image: base64(png(2000, 2)) },
            { type: 'image', image: `data:image/png;base64,${base64(png(2000, 3))}` },
            { type: 'file', data: Buffer.from(pdf()), mediaType: 'application/pdf', filename: 'invoice.pdf' },
            { type: 'file', data: wav().buffer, mediaType: 'audio/wav' },
            { type: 'file', data: base64(mp4()), mediaType: 'video/mp4' },
          ],
        },
      ],
      ...telemetry(),
    })
    expect(result.text).toBe('A cat.')

    const [span] = modelSpans(recording)
    const [question, ...files] = readParts(span, 'input', 'user')
    expect(question).toEqual({ type: 'text', content: 'What is this?' })
    expect(files).toEqual([
      storedFile(png(2000, 1), 'image', 'image/png'),
      storedFile(png(2000, 2), 'image', 'image/png'),
      storedFile(png(2000, 3), 'image', 'image/png'),
      { ...storedFile(pdf(), 'document', 'application/pdf'), filename: 'invoice.pdf' },
      storedFile(wav(), 'audio', 'audio/wav'),
      storedFile(mp4(), 'video', 'video/mp4'),
    ])
    expect(readMessages(span, 'output')).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: 'A cat.' }], finish_reason: 'stop' },
    ])
    await recording.flush()
    for (const bytes of [png(2000, 1), png(2000, 2), png(2000, 3), pdf(), wav(), mp4()]) {
      expect(recording.stored.artifacts.get(sha256(bytes))?.bytes).toEqual(bytes)
    }
    expect(recording.stored.artifacts.get(sha256(pdf()))).toMatchObject({
      contentType: 'application/pdf',
      filename: 'invoice.pdf',
    })
    expect(recording.stored.artifacts.size).toBe(6)
    // No span holds any of it as text.
    expect(JSON.stringify(recording.spans().map(({ attributes }) => attributes))).not.toContain(
      base64(pdf()).slice(0, 40),
    )
  })

  test('takes a text for nothing else, whatever it says', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    // What stands for media on their way to the span, as one who knows the source would guess it.
    const texts = ['\ud800bytes:0', ...Array.from({ length: 2000 }, (_, key) => `span-artifacts:placeholder:${key}`)]
    const content = [{ type: 'image', image: png() }, ...texts.map((text) => ({ type: 'text', text }))]
    await sdk.generateText({
      model: model(sdk.models.language([[{ type: 'text', text: 'Indeed.' }]])),
      messages: [{ role: 'user', content }],
      ...telemetry(),
    })
    const prompts = recording
      .spans()
      .flatMap(({ attributes }) =>
        ['ai.prompt', 'ai.prompt.messages', 'gen_ai.input.messages'].map((key) => attributes[key]),
      )
      .filter((prompt) => prompt !== undefined)
      .map(String)
    expect(prompts.length).toBeGreaterThan(1)
    for (const prompt of prompts) {
      expect(prompt.split('span-artifacts:placeholder:').length - 1).toBe(2000)
      expect(prompt.split('bytes:0').length - 1).toBe(1)
    }
  })

  test('names media in data: URLs with long parameters, and keeps addresses and names short', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const long = 'n'.repeat(20_000)
    const path = `${'folder/'.repeat(99)}link.txt`
    const language = sdk.models.language([answer], { supportedUrls: { '*/*': [/.*/], 'image/*': [/.*/] } })
    await sdk.generateText({
      model: model(language),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'file', mediaType: 'image/png', data: `data:image/png;name=${long};base64,${base64(png())}` },
            { type: 'file', mediaType: 'image/png', data: new URL(`https://pictures.example/${long}`), filename: path },
            { type: 'file', mediaType: `image/png;${long}`, data: png(), filename: long },
          ],
        },
      ],
      ...telemetry(),
    })
    const parts = readParts(modelSpans(recording)[0], 'input', 'user')
    expect(parts).toMatchObject([
      { type: 'uri', sha256: sha256(png()) },
      { type: 'uri', sha256: sha256(`https://pictures.example/${long}`), filename: 'link.txt' },
      { type: 'uri', sha256: sha256(png()), mime_type: 'image/png' },
    ])
    expect(JSON.stringify(parts).length).toBeLessThan(5000)
  })

  test('leaves the address of a file that somebody else keeps', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const language = sdk.models.language([answer], { supportedUrls: { '*/*': [/.*/], 'image/*': [/.*/] } })
    await sdk.generateText({
      model: model(language),
      messages: [{ role: 'user', content: [{ type: 'image', image: new URL('https://pictures.example/cat.png') }] }],
      ...telemetry(),
    })
    expect(readParts(modelSpans(recording)[0], 'input', 'user')).toMatchObject([
      { type: 'uri', modality: 'image', uri: 'https://pictures.example/cat.png' },
    ])
    expect(recording.client.stats().accepted).toBe(0)
  })

  test('stores texts that are too long for an attribute, and leaves a preview', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const instructions = `Be brief. ${'é'.repeat(6000)}`
    const report = `Report. ${'word '.repeat(3000)}`
    const long = `Answer. ${'日本語 '.repeat(2000)}`
    await sdk.generateText({
      model: model(sdk.models.language([[{ type: 'text', text: long }]])),
      [sdk.version === 7 ? 'instructions' : 'system']: instructions,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: report },
            { type: 'text', text: 'Short.' },
          ],
        },
      ],
      ...telemetry(),
    })
    const [span] = modelSpans(recording)
    expect(readParts(span, 'input', 'user')).toMatchObject([storedText(report), { type: 'text', content: 'Short.' }])
    expect(readParts(span, 'output', 'assistant')).toMatchObject([storedText(long)])
    const previews = [...readParts(span, 'input', 'user'), ...readParts(span, 'output', 'assistant')].map(
      ({ preview }) => (typeof preview === 'string' ? preview : ''),
    )
    for (const preview of previews) {
      expect(report + long).toContain(preview)
      expect(Buffer.byteLength(preview)).toBeLessThanOrEqual(1024)
    }
    await recording.flush()
    for (const text of [instructions, report, long]) {
      expect(Buffer.from(recording.stored.artifacts.get(sha256(text))?.bytes ?? []).toString()).toBe(text)
    }
    const longest = recording
      .spans()
      .flatMap(({ attributes }) => Object.values(attributes).map((value) => String(value).length))
    expect(Math.max(...longest)).toBeLessThan(4000)
  })

  test('stores media that a tool returns, and names them in every later prompt', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const picture = png(30_000, 7)
    const content =
      sdk.version === 7
        ? { type: 'file', data: { type: 'data', data: base64(picture) }, mediaType: 'image/png' }
        : { type: sdk.version === 6 ? 'image-data' : 'media', data: base64(picture), mediaType: 'image/png' }
    const screenshot = sdk.tool({
      description: 'Takes a screenshot',
      inputSchema: z.object({ page: z.string() }),
      execute: async () => ({ taken: true, picture }),
      toModelOutput: () => ({ type: 'content', value: [{ type: 'text', text: 'Taken.' }, content] }),
    })
    const result = await sdk.generateText({
      model: model(
        sdk.models.language([
          [{ type: 'tool-call', toolCallId: 'call-1', toolName: 'screenshot', input: '{"page":"home"}' }],
          [{ type: 'text', text: 'A page.' }],
        ]),
      ),
      tools: { screenshot },
      stopWhen: sdk.stopAfter(3),
      prompt: 'Look at the home page.',
      ...telemetry(),
    })
    expect(result.text).toBe('A page.')

    const [first, second] = modelSpans(recording)
    expect(readMessages(first, 'output')).toEqual([
      {
        role: 'assistant',
        parts: [{ type: 'tool_call', id: 'call-1', name: 'screenshot', arguments: { page: 'home' } }],
        finish_reason: 'tool_call',
      },
    ])
    expect(readParts(second, 'input', 'tool')).toMatchObject([
      {
        type: 'tool_call_response',
        id: 'call-1',
        response: [
          { type: 'text', content: 'Taken.' },
          { type: 'uri', modality: 'image', mime_type: 'image/png', sha256: sha256(picture), byte_size: 30_000 },
        ],
      },
    ])
    const toolSpan = recording.spans().find(({ name }) => name === 'ai.toolCall' || name === 'execute_tool screenshot')
    const toolResult = toolSpan?.attributes['ai.toolCall.result'] ?? toolSpan?.attributes['gen_ai.tool.call.result']
    expect(JSON.parse(String(toolResult))).toMatchObject({
      taken: true,
      picture: { type: 'uri', modality: 'image', sha256: sha256(picture) },
    })
    await recording.flush()
    expect([...recording.stored.artifacts.keys()]).toEqual([sha256(picture)])
    expect(recording.client.stats().uploaded).toBe(1)
  })

  test('stores a tool result that is too long as one JSON document', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const rows = Array.from({ length: 800 }, (_, id) => ({ id, name: `Row ${id}`, note: 'as before' }))
    const query = sdk.tool({
      description: 'Reads rows',
      inputSchema: z.object({ table: z.string() }),
      execute: async () => ({ rows }),
    })
    await sdk.generateText({
      model: model(
        sdk.models.language([
          [{ type: 'tool-call', toolCallId: 'call-1', toolName: 'query', input: '{"table":"t"}' }],
          [{ type: 'text', text: 'Many rows.' }],
        ]),
      ),
      tools: { query },
      stopWhen: sdk.stopAfter(2),
      prompt: 'How many rows?',
      ...telemetry(),
    })
    const json = JSON.stringify({ rows })
    const [, second] = modelSpans(recording)
    expect(readParts(second, 'input', 'tool')).toMatchObject([
      {
        type: 'tool_call_response',
        response: {
          type: 'uri',
          modality: 'document',
          mime_type: 'application/json',
          sha256: sha256(json),
          preview: json.slice(0, 1024),
        },
      },
    ])
    await recording.flush()
    expect([...recording.stored.artifacts.keys()]).toEqual([sha256(json)])
  })

  test('stores files that a model generates, and its reasoning', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const picture = png(5000, 9)
    const result = await sdk.generateText({
      model: model(
        sdk.models.language([
          [
            { type: 'reasoning', text: 'A cat is wanted.' },
            { type: 'text', text: 'Here.' },
            { type: 'file', mediaType: 'image/png', data: base64(picture) },
            { type: 'file', mediaType: 'application/pdf', data: pdf() },
          ],
        ]),
      ),
      prompt: 'Draw a cat.',
      ...telemetry(),
    })
    expect(result.files.map(({ uint8Array }) => sha256(uint8Array))).toEqual([sha256(picture), sha256(pdf())])
    const parts = readParts(modelSpans(recording)[0], 'output', 'assistant')
    expect(parts).toHaveLength(4)
    expect(parts).toEqual(
      expect.arrayContaining([
        { type: 'reasoning', content: 'A cat is wanted.' },
        { type: 'text', content: 'Here.' },
        expect.objectContaining({ type: 'uri', modality: 'image', sha256: sha256(picture) }),
        expect.objectContaining({
          type: 'uri',
          modality: 'document',
          mime_type: 'application/pdf',
          sha256: sha256(pdf()),
        }),
      ]),
    )
    await recording.flush()
    expect(recording.stored.artifacts.get(sha256(picture))?.bytes).toEqual(picture)
  })

  test('stores a generated file even when it is the whole answer', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    await sdk.generateText({
      model: model(sdk.models.language([[{ type: 'file', mediaType: 'image/png', data: png() }]])),
      prompt: 'Draw a cat.',
      ...telemetry(),
    })
    expect(readParts(modelSpans(recording)[0], 'output', 'assistant')).toMatchObject([
      { type: 'uri', modality: 'image', sha256: sha256(png()) },
    ])
  })

  test('writes an answer that has to be an object', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const schema = z.object({ animal: z.string() })
    const language = model(sdk.models.language([[{ type: 'text', text: '{"animal":"cat"}' }]]))
    const messages = [{ role: 'user', content: [{ type: 'image', image: png() }] }]
    const { object } = await sdk.generateObject({ model: language, schema, messages, ...telemetry() })
    expect(object).toEqual({ animal: 'cat' })
    const { text } = await sdk.generateText({
      model: language,
      messages,
      ...sdk.objectOutput(schema),
      ...telemetry(),
    })
    expect(JSON.parse(text)).toEqual({ animal: 'cat' })
    for (const span of modelSpans(recording)) {
      expect(readParts(span, 'input', 'user')).toContainEqual(
        expect.objectContaining({ type: 'uri', modality: 'image', sha256: sha256(png()) }),
      )
      expect(readParts(span, 'output', 'assistant')).toEqual([{ type: 'text', content: '{"animal":"cat"}' }])
    }
    expect(modelSpans(recording)).toHaveLength(2)
  })

  test('keeps embeddings as they are', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const embedding = sdk.models.embedding()
    expect(model(embedding)).toBe(embedding)
    const result = await sdk.embed({ model: embedding, value: 'a cat', ...telemetry() })
    expect(result.embedding).toEqual([0.1, 0.2, 0.3])
    expect(recording.spans().length).toBeGreaterThan(0)
    expect(recording.client.stats().accepted).toBe(0)
  })

  test('hands on an error of the model as it is', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const failure = new Error('the model is gone')
    const broken = Object.assign(sdk.models.language([answer]), { doGenerate: () => Promise.reject(failure) })
    const attempt = sdk.generateText({ model: model(broken), prompt: 'Hello.', maxRetries: 0, ...telemetry() })
    await expect(attempt).rejects.toBe(failure)
  })
})

import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { registerTelemetry } from 'ai7'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createArtifactTelemetry } from '../index.js'
import { base64, pdf, png, sha256 } from '../test-fixtures/media.js'
import { modelSpans, readMessages, readParts } from '../test-fixtures/read-messages.js'
import { type Recording, startRecording } from '../test-fixtures/recording.js'
import { type AnswerPart, sdk7 } from '../test-fixtures/sdk.js'

const { generateText, streamText } = sdk7
const modelThatAnswers = (...answers: readonly (readonly AnswerPart[])[]) => sdk7.models.language(answers)

function decorated(recording: Recording) {
  const artifacts = createArtifactTelemetry({ client: recording.client })
  return { integrations: artifacts.telemetry((tracer) => new OpenTelemetry({ tracer })) }
}

const rootSpan = (recording: Recording) => recording.spans().find(({ name }) => name.startsWith('invoke_agent'))

describe('what the OpenTelemetry integration of AI SDK 7 gets wrong is right when it is decorated', () => {
  test('a PDF is a document, an image has a media type', async () => {
    await using recording = startRecording()
    await generateText({
      model: modelThatAnswers([{ type: 'text', text: 'Read.' }]),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'file', data: pdf(), mediaType: 'application/pdf' },
            { type: 'image', image: png() },
          ],
        },
      ],
      telemetry: decorated(recording),
    })
    for (const span of [rootSpan(recording), modelSpans(recording)[0]]) {
      expect(readParts(span, 'input', 'user')).toMatchObject([
        { type: 'uri', modality: 'document', mime_type: 'application/pdf', sha256: sha256(pdf()) },
        { type: 'uri', modality: 'image', mime_type: 'image/png', sha256: sha256(png()) },
      ])
    }
  })

  test('a file that the provider has is named, and text in a file is text', async () => {
    await using recording = startRecording()
    await generateText({
      model: modelThatAnswers([{ type: 'text', text: 'Read.' }]),
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'file',
              data: { type: 'reference', reference: { 'mock-provider': 'file-17' } },
              mediaType: 'application/pdf',
            },
            { type: 'file', data: { type: 'text', text: 'a,b\n1,2' }, mediaType: 'text/csv', filename: 'table.csv' },
          ],
        },
      ],
      telemetry: decorated(recording),
    })
    expect(readParts(modelSpans(recording)[0], 'input', 'user')).toEqual([
      { type: 'file', modality: 'document', mime_type: 'application/pdf', file_id: 'file-17' },
      { type: 'text', content: 'a,b\n1,2', filename: 'table.csv' },
    ])
    expect(recording.client.stats().accepted).toBe(0)
  })

  test('files that were made while thinking are not lost', async () => {
    await using recording = startRecording()
    const data = base64(png(2000, 8))
    await generateText({
      model: modelThatAnswers([
        { type: 'reasoning-file', mediaType: 'image/png', data },
        { type: 'text', text: 'Done.' },
      ]),
      prompt: 'Think.',
      telemetry: decorated(recording),
    })
    for (const span of [rootSpan(recording), modelSpans(recording)[0]]) {
      expect(readParts(span, 'output', 'assistant')).toContainEqual(
        expect.objectContaining({ type: 'uri', modality: 'image', reasoning: true, sha256: sha256(png(2000, 8)) }),
      )
    }
  })

  test('bytes that a tool returns are an artifact, and no list of numbers', async () => {
    await using recording = startRecording()
    await generateText({
      model: modelThatAnswers(
        [{ type: 'tool-call', toolCallId: '1', toolName: 'draw', input: '{}' }],
        [{ type: 'text', text: 'Drawn.' }],
      ),
      tools: { draw: sdk7.tool({ inputSchema: z.object({}), execute: () => ({ raw: png(5000, 3) }) }) },
      stopWhen: sdk7.stopAfter(2),
      prompt: 'Draw.',
      telemetry: decorated(recording),
    })
    const written = JSON.stringify(recording.spans().map(({ attributes }) => attributes))
    expect(written).not.toMatch(/"0\W+137/)
    const toolSpan = recording.spans().find(({ name }) => name === 'execute_tool draw')
    expect(JSON.parse(String(toolSpan?.attributes['gen_ai.tool.call.result']))).toMatchObject({
      raw: { type: 'uri', sha256: sha256(png(5000, 3)) },
    })
    const [, second] = modelSpans(recording)
    expect(readParts(second, 'input', 'tool')).toMatchObject([
      { type: 'tool_call_response', response: { raw: { type: 'uri', sha256: sha256(png(5000, 3)) } } },
    ])
  })

  test('tool data that JSON cannot hold costs nothing but themselves', async () => {
    await using recording = startRecording()
    const cycle: Record<string, unknown> = { name: 'cycle' }
    cycle['self'] = cycle
    await generateText({
      model: modelThatAnswers(
        [{ type: 'tool-call', toolCallId: '1', toolName: 'loop', input: '{}' }],
        [{ type: 'text', text: 'Looped.' }],
      ),
      tools: {
        loop: sdk7.tool({
          inputSchema: z.object({}),
          execute: () => cycle,
          toModelOutput: () => ({ type: 'text', value: 'looped' }),
        }),
      },
      stopWhen: sdk7.stopAfter(2),
      prompt: 'Loop.',
      telemetry: decorated(recording),
    })
    const toolSpan = recording.spans().find(({ name }) => name === 'execute_tool loop')
    expect(JSON.parse(String(toolSpan?.attributes['gen_ai.tool.call.result']))).toEqual({
      type: 'omitted',
      dropped: 'not_serializable',
    })
    expect(readParts(rootSpan(recording), 'output', 'assistant')).toContainEqual({ type: 'text', content: 'Looped.' })
  })

  test('files of earlier answers are named in the prompts that repeat them', async () => {
    await using recording = startRecording()
    await generateText({
      model: modelThatAnswers([{ type: 'text', text: 'Blue.' }]),
      messages: [
        { role: 'user', content: 'Draw.' },
        { role: 'assistant', content: [{ type: 'file', data: png(), mediaType: 'image/png' }] },
        { role: 'user', content: 'Which colour?' },
      ],
      telemetry: decorated(recording),
    })
    expect(readParts(modelSpans(recording)[0], 'input', 'assistant')).toMatchObject([
      { type: 'uri', modality: 'image', sha256: sha256(png()) },
    ])
  })
})

describe('a decorated integration of AI SDK 7', () => {
  afterEach(() => {
    globalThis.AI_SDK_TELEMETRY_INTEGRATIONS = []
  })

  test('works when it is registered for all calls', async () => {
    await using recording = startRecording()
    registerTelemetry(decorated(recording).integrations)
    const model = modelThatAnswers([
      { type: 'text', text: 'Yes.' },
      { type: 'file', mediaType: 'image/png', data: png() },
    ])
    for await (const _text of streamText({ model, prompt: 'Draw.' }).textStream);
    expect(readMessages(rootSpan(recording), 'output')).toMatchObject([
      {
        parts: [
          { type: 'text', content: 'Yes.' },
          { type: 'uri', sha256: sha256(png()) },
        ],
        finish_reason: 'stop',
      },
    ])
  })

  test('keeps what it was given: the class, its other members, and what its hooks return', () => {
    class Integration {
      readonly #count = 7
      name = 'mine'
      onStart() {
        return this.#count
      }
      executeTool() {
        return this.#count
      }
    }
    const integration = createArtifactTelemetry().telemetry(() => Object.freeze(new Integration()))
    expect(integration).toBeInstanceOf(Integration)
    expect(integration.name).toBe('mine')
    expect(Reflect.apply(integration.onStart, integration, [{ callId: 'a' }])).toBe(7)
    expect(integration.executeTool()).toBe(7)
  })

  test('changes nothing in the event that the SDK gave it', () => {
    const seen: unknown[] = []
    const integration = createArtifactTelemetry().telemetry(() => ({
      onStart: (event: unknown): void => void seen.push(event),
    }))
    const image = png()
    const event = { callId: 'a', messages: [{ role: 'user', content: [{ type: 'image', image }] }], modelId: 'm' }
    const before = structuredClone(event)
    integration.onStart(event)
    expect(event).toEqual(before)
    expect(seen).toMatchObject([{ callId: 'a', modelId: 'm', messages: [{ role: 'user' }] }])
    expect(JSON.stringify(seen)).not.toMatch(/"0\W+137/)
  })

  test('the legacy integration is kept small as well', async () => {
    await using recording = startRecording()
    const artifacts = createArtifactTelemetry({ client: recording.client })
    await generateText({
      model: artifacts.wrapModel(modelThatAnswers([{ type: 'text', text: 'A cat.' }])),
      messages: [{ role: 'user', content: [{ type: 'image', image: png(20_000) }] }],
      telemetry: { integrations: artifacts.telemetry((tracer) => new LegacyOpenTelemetry({ tracer })) },
    })
    const [span] = modelSpans(recording)
    expect(String(span?.attributes['ai.prompt.messages'])).toContain(sha256(png(20_000)))
    expect(String(span?.attributes['ai.prompt.messages']).length).toBeLessThan(1000)
    expect(readParts(span, 'input', 'user')).toMatchObject([{ type: 'uri', sha256: sha256(png(20_000)) }])
  })

  test('a tracer alone keeps an integration small that was not decorated', async () => {
    await using recording = startRecording()
    const artifacts = createArtifactTelemetry({ client: recording.client })
    await generateText({
      model: modelThatAnswers([{ type: 'text', text: 'A cat.' }]),
      messages: [{ role: 'user', content: [{ type: 'image', image: png(20_000) }] }],
      telemetry: { integrations: new OpenTelemetry({ tracer: artifacts.tracer(recording.tracer) }) },
    })
    expect(readParts(modelSpans(recording)[0], 'input', 'user')).toMatchObject([
      { type: 'uri', modality: 'image', mime_type: 'image/png', sha256: sha256(png(20_000)) },
    ])
  })
})

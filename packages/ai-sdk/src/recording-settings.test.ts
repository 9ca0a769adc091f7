import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createArtifactTelemetry } from './index.js'
import { capture, plainTelemetry } from './test-fixtures/capture.js'
import { base64, png, sha256 } from './test-fixtures/media.js'
import { modelSpans } from './test-fixtures/read-messages.js'
import { type Recording, startRecording } from './test-fixtures/recording.js'
import { type AnswerPart, type Sdk, sdks } from './test-fixtures/sdk.js'

const inputPicture = png(3000, 1)
const outputPicture = png(3000, 2)
const toolPicture = png(3000, 3)

const answers: readonly (readonly AnswerPart[])[] = [
  [
    { type: 'tool-call', toolCallId: 'call-1', toolName: 'look', input: '{"where":"here"}' },
    { type: 'tool-call', toolCallId: 'call-2', toolName: 'fail', input: '{}' },
  ],
  [
    { type: 'text', text: 'The secret answer.' },
    { type: 'file', mediaType: 'image/png', data: outputPicture },
  ],
]

/** A call that uses every way in and out. */
function options(sdk: Sdk): Record<string, unknown> {
  return {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'The secret question.' },
          { type: 'image', image: inputPicture },
        ],
      },
    ],
    tools: {
      look: sdk.tool({
        inputSchema: z.object({ where: z.string() }),
        execute: async () => ({ picture: base64(toolPicture), note: 'The secret result.' }),
      }),
      fail: sdk.tool({
        inputSchema: z.object({}),
        execute: async () => {
          throw new TypeError('The secret error.')
        },
      }),
    },
    stopWhen: sdk.stopAfter(2),
  }
}

function everythingWritten(recording: Recording): string {
  return JSON.stringify(
    recording.spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  )
}

async function storedDigests(recording: Recording): Promise<string[]> {
  await recording.flush()
  return [...recording.stored.artifacts.keys()]
}

describe.each(sdks)('recordInputs and recordOutputs of AI SDK $version', (sdk) => {
  describe.each(['generateText', 'streamText'] as const)('in %s', (name) => {
    const run = async (call: Record<string, unknown>): Promise<void> => {
      if (name === 'generateText') await sdk.generateText(call)
      else for await (const _text of sdk.streamText(call).textStream);
    }

    test('with inputs off no prompt is recorded or uploaded', async () => {
      await using recording = startRecording()
      const { telemetry, model } = capture(sdk, recording)
      await run({ ...options(sdk), model: model(sdk.models.language(answers)), ...telemetry({ recordInputs: false }) })
      expect(everythingWritten(recording)).not.toContain('secret question')
      expect(everythingWritten(recording)).toContain('secret answer')
      const stored = await storedDigests(recording)
      expect(stored).toContain(sha256(outputPicture))
      expect(stored).not.toContain(sha256(inputPicture))
    })

    test('with outputs off no answer is recorded or uploaded', async () => {
      await using recording = startRecording()
      const { telemetry, model } = capture(sdk, recording)
      await run({ ...options(sdk), model: model(sdk.models.language(answers)), ...telemetry({ recordOutputs: false }) })
      expect(everythingWritten(recording)).toContain('secret question')
      expect(everythingWritten(recording)).not.toContain('secret answer')
      // Later prompts quote it too, and those are inputs.
      expect(JSON.stringify(recording.spans().map(({ events, status }) => [events, status]))).not.toContain('secret')
      const stored = await storedDigests(recording)
      expect(stored).toContain(sha256(inputPicture))
      expect(stored).not.toContain(sha256(outputPicture))
    })

    test('with both off nothing is recorded or uploaded', async () => {
      await using recording = startRecording()
      const { telemetry, model } = capture(sdk, recording)
      const settings = { recordInputs: false, recordOutputs: false }
      await run({ ...options(sdk), model: model(sdk.models.language(answers)), ...telemetry(settings) })
      expect(everythingWritten(recording)).not.toContain('secret')
      expect(recording.spans().length).toBeGreaterThan(0)
      expect(recording.client.stats().accepted).toBe(0)
    })

    test('with our own options off nothing is captured either', async () => {
      await using recording = startRecording()
      const { telemetry, model } = capture(sdk, recording, { recordInputs: false, recordOutputs: false })
      await run({ ...options(sdk), model: model(sdk.models.language(answers)), ...telemetry() })
      expect(everythingWritten(recording)).not.toContain('secret')
      expect(everythingWritten(recording)).toContain('"exception.type":"TypeError"')
      expect(await storedDigests(recording)).toEqual([])
      expect(modelSpans(recording).length).toBe(2)
    })

    test('with telemetry off nothing is recorded or uploaded', async () => {
      await using recording = startRecording()
      const { telemetry, model } = capture(sdk, recording)
      await recording.tracer.startActiveSpan('request', async (span) => {
        await run({ ...options(sdk), model: model(sdk.models.language(answers)), ...telemetry({ isEnabled: false }) })
        span.end()
      })
      expect(everythingWritten(recording)).not.toContain('secret')
      expect(recording.client.stats().accepted).toBe(0)
    })

    test('with a span that is not sampled nothing is hashed or uploaded', async () => {
      await using recording = startRecording({ sampler: new AlwaysOffSampler() })
      const { telemetry, model } = capture(sdk, recording)
      await run({ ...options(sdk), model: model(sdk.models.language(answers)), ...telemetry() })
      expect(recording.spans()).toEqual([])
      expect(recording.client.stats().accepted).toBe(0)
    })

    test('hold for the middleware alone too, beside telemetry that knows nothing of it', async () => {
      for (const [recordInputs, recordOutputs] of [
        [true, true],
        [false, true],
        [true, false],
        [false, false],
      ] as const) {
        await using recording = startRecording()
        const { artifacts } = capture(sdk, recording)
        const model = sdk.wrapLanguageModel({ model: sdk.models.language(answers), middleware: artifacts.middleware() })
        const telemetry = plainTelemetry(sdk, recording, { recordInputs, recordOutputs })
        await run({ ...options(sdk), model, ...telemetry })
        expect(everythingWritten(recording).includes('secret question')).toBe(recordInputs)
        expect(everythingWritten(recording).includes('secret answer')).toBe(recordOutputs)
        const stored = await storedDigests(recording)
        expect(stored.includes(sha256(inputPicture))).toBe(recordInputs)
        expect(stored.includes(sha256(outputPicture))).toBe(recordOutputs)
      }
    })
  })
})

test('where errors are withheld a span takes whatever was thrown', async () => {
  await using recording = startRecording()
  const artifacts = createArtifactTelemetry({ client: recording.client, recordInputs: false })
  const span = artifacts.tracer(recording.tracer).startSpan('work')
  // What is caught has no type, whatever the parameter says.
  const careless: { recordException(thrown: unknown): void } = span
  for (const thrown of [undefined, null, 'secret', Object.assign(new Error('secret'), { name: Symbol('odd') })]) {
    careless.recordException(thrown)
  }
  span.end()
  expect(recording.spans()[0]?.events.map(({ attributes }) => attributes)).toEqual(
    Array.from({ length: 4 }, () => ({ 'exception.type': 'Error' })),
  )
})

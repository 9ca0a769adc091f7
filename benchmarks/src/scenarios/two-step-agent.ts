import { setTimeout } from 'node:timers/promises'
import { OpenTelemetry } from '@ai-sdk/otel'
import type { Tracer } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { createArtifactTelemetry } from '@span-artifacts/ai-sdk'
import { ArtifactClient } from '@span-artifacts/core'
import { type BrokerStub, forkBrokerStub, seededRandom } from '@span-artifacts/test-support'
import { generateText, isStepCount, jsonSchema, type Telemetry, tool } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { countDigests } from '../harness/count-digests.js'
import { median } from '../harness/median.js'
import { atMost, exactly, type Figure, type Scenario } from '../harness/scenario.js'
import { MIB } from '../harness/unit.js'

const IMAGE_BYTES: number = 2 * MIB
const MAX_ATTRIBUTE_CHARACTERS = 4000
const MAX_SHARE_OF_PLAIN_TIME = 1 / 20
/** Far less than any real model needs, but time enough to hash the image as the capture does it: in between. */
const MODEL_LATENCY_MS = 5
const REPETITIONS = 5
const QUICK_REPETITIONS = 3
const PNG_SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/**
 * An agent of AI SDK 7 that is shown an image, calls a tool that returns the same image, and answers; with
 * `@ai-sdk/otel` as it is, and with the same integration decorated.
 */
export const twoStepAgent: Scenario = {
  name: 'two-step-agent',
  title: 'An agent with two steps and an image of 2 MiB that its tool returns: @ai-sdk/otel plain and with artifacts',
  run: async ({ quick, seed }) => {
    const image = imageOf(seed)
    const broker = await forkBrokerStub()
    const plainMs: number[] = []
    const capturedMs: number[] = []
    let plainCharacters = 0
    let captured: CapturedRun | undefined
    try {
      // Alternating, so that a busy moment of the machine hits both. The first pair warms up.
      for (let repetition = 0; repetition <= (quick ? QUICK_REPETITIONS : REPETITIONS); repetition += 1) {
        const plain = await runAgent(image, (tracer) => new OpenTelemetry({ tracer }))
        captured = await runCaptured(image, broker)
        plainCharacters = plain.attributeCharacters
        if (repetition === 0) continue
        plainMs.push(plain.durationMs)
        capturedMs.push(captured.durationMs)
      }
    } finally {
      await broker.close()
    }
    return captured === undefined ? [] : figures({ plainMs, capturedMs, plainCharacters, captured })
  },
}

interface AgentRun {
  readonly durationMs: number
  readonly attributeCharacters: number
}

interface CapturedRun extends AgentRun {
  readonly storedImages: number
  readonly uploads: number
  /** How often the image was hashed to name it; what is uploaded is hashed once more, to verify it. */
  readonly imageDigests: number
}

async function runCaptured(image: Uint8Array<ArrayBuffer>, broker: BrokerStub): Promise<CapturedRun> {
  await broker.forget()
  await broker.clearRequests()
  const client = new ArtifactClient({ endpoint: broker.url })
  const digests = countDigests(IMAGE_BYTES)
  try {
    // A buffer that no run before this one has seen: its digest is not known.
    const run = await runAgent(image.slice(), (tracer) =>
      createArtifactTelemetry({ client, tracer }).telemetry((wrapped) => new OpenTelemetry({ tracer: wrapped })),
    )
    await client.forceFlush()
    const stored = await broker.stored()
    const uploads = (await broker.requests()).filter(({ step }) => step === 'put').length
    return { ...run, storedImages: stored.length, uploads, imageDigests: digests.count() - uploads }
  } finally {
    digests.stop()
    await client.shutdown()
  }
}

async function runAgent(
  image: Uint8Array<ArrayBuffer>,
  createIntegration: (tracer: Tracer) => Telemetry,
): Promise<AgentRun> {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const integration = createIntegration(provider.getTracer('agent'))
  const startedMs = performance.now()
  await generateText({
    model: twoStepModel(),
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Sharpen this.' },
          { type: 'file', data: image, mediaType: 'image/png' },
        ],
      },
    ],
    tools: {
      sharpen: tool({
        inputSchema: jsonSchema<{ amount: number }>({ type: 'object', properties: { amount: { type: 'number' } } }),
        execute: () => ({ image }),
        toModelOutput: () => ({
          type: 'content',
          value: [{ type: 'file', data: { type: 'data', data: image }, mediaType: 'image/png' }],
        }),
      }),
    },
    stopWhen: isStepCount(2),
    telemetry: { integrations: integration },
  })
  const durationMs = performance.now() - startedMs
  const attributeCharacters = charactersOf(exporter.getFinishedSpans())
  await provider.shutdown()
  return { durationMs, attributeCharacters }
}

/** Answers soon, so that little but the telemetry takes time. */
function twoStepModel(): MockLanguageModelV4 {
  let steps = 0
  return new MockLanguageModelV4({
    doGenerate: async () => {
      steps += 1
      await setTimeout(MODEL_LATENCY_MS)
      const isFirst = steps === 1
      return {
        content: isFirst
          ? [{ type: 'tool-call', toolCallId: 'call-1', toolName: 'sharpen', input: '{"amount":2}' }]
          : [{ type: 'text', text: 'It is sharper now.' }],
        finishReason: isFirst ? { unified: 'tool-calls', raw: 'tool_calls' } : { unified: 'stop', raw: 'stop' },
        usage: {
          inputTokens: { total: 900, noCache: 900, cacheRead: undefined, cacheWrite: undefined },
          outputTokens: { total: 12, text: 12, reasoning: undefined },
        },
        warnings: [],
      }
    },
  })
}

function figures(runs: {
  plainMs: readonly number[]
  capturedMs: readonly number[]
  plainCharacters: number
  captured: CapturedRun
}): Figure[] {
  const { captured, plainCharacters } = runs
  const plainMs = median(runs.plainMs)
  const capturedMs = median(runs.capturedMs)
  const times = `${capturedMs.toFixed(1)} ms against ${plainMs.toFixed(1)} ms, medians of ${runs.plainMs.length}`
  return [
    atMost(
      `characters in attributes (plain: ${plainCharacters.toLocaleString('en')})`,
      captured.attributeCharacters,
      MAX_ATTRIBUTE_CHARACTERS,
      'characters',
    ),
    atMost(`wall time as a share of plain (${times})`, capturedMs / plainMs, MAX_SHARE_OF_PLAIN_TIME, ''),
    exactly('images stored', captured.storedImages, 1),
    exactly('images uploaded', captured.uploads, 1),
    exactly('digests computed to name the image', captured.imageDigests, 1),
  ]
}

function charactersOf(spans: readonly ReadableSpan[]): number {
  let characters = 0
  for (const [key, value] of spans.flatMap(({ attributes }) => Object.entries(attributes))) {
    characters += key.length + (typeof value === 'string' ? value : JSON.stringify(value)).length
  }
  return characters
}

function imageOf(seed: number): Uint8Array<ArrayBuffer> {
  const image = new Uint8Array(IMAGE_BYTES)
  image.set(seededRandom(seed).bytes(IMAGE_BYTES))
  image.set(PNG_SIGNATURE)
  return image
}

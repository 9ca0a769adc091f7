import type { Tracer } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { expect, onTestFinished, test } from 'vitest'
import { createArtifactTelemetry } from '../index.js'
import { png } from '../test-fixtures/media.js'
import { type Recording, startRecording } from '../test-fixtures/recording.js'
import { sdk7 } from '../test-fixtures/sdk.js'

/** A tracer whose spans cannot be exported, and how many it was to export. */
function failingTracer(): { tracer: Tracer; ended: () => number } {
  let ended = 0
  class Failing extends SimpleSpanProcessor {
    override onEnd(): void {
      ended += 1
      throw Object.assign(new Error('cannot be exported'), { name: Symbol('cannot be written down') })
    }
  }
  const provider = new BasicTracerProvider({ spanProcessors: [new Failing(new InMemorySpanExporter())] })
  return { tracer: provider.getTracer('test'), ended: () => ended }
}

/** What nobody has caught. */
function collectUncaught(): readonly unknown[] {
  const uncaught: unknown[] = []
  const listener = (reason: unknown): void => void uncaught.push(reason)
  for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, listener)
  onTestFinished(() => {
    for (const event of ['unhandledRejection', 'uncaughtException']) process.off(event, listener)
  })
  return uncaught
}

const oneTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function makeLargeImage({ client }: Recording, tracer: Tracer): Promise<void> {
  const artifacts = createArtifactTelemetry({ client, tracer })
  // Large enough that it is still being hashed when the call is over.
  await sdk7.generateImage({ model: artifacts.wrapModel(sdk7.models.image([png(3_000_000)])), prompt: 'A cat.' })
}

async function abandonStream({ client }: Recording, tracer: Tracer): Promise<void> {
  const artifacts = createArtifactTelemetry({ client })
  const model = artifacts.wrapModel(sdk7.models.language([[{ type: 'text', text: 'Here it is.' }]]))
  // As versions 5 and 6 have it.
  const attributes = { 'ai.operationId': 'ai.streamText.doStream', 'ai.prompt.messages': '[]' }
  const { stream } = await tracer.startActiveSpan('model', { attributes }, () => model.doStream({ prompt: [] }))
  await stream.cancel()
}

test.each([
  ['that waited for a digest', makeLargeImage],
  ['that its owner had left open', abandonStream],
])('what a span processor throws at the end of a span %s does not end the process', async (_, leaveOpen) => {
  await using recording = startRecording()
  const uncaught = collectUncaught()
  const { tracer, ended } = failingTracer()
  await leaveOpen(recording, tracer)
  await expect.poll(ended, { timeout: 5000 }).toBe(1)
  await oneTurn()
  expect(uncaught).toEqual([])
})

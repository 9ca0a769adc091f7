import { ArtifactClient, type ArtifactDestination, brokerDestination } from '@span-artifacts/core'
import { startBrokerStub } from '@span-artifacts/test-support'
import { describe, expect, test } from 'vitest'
import { capture } from './test-fixtures/capture.js'
import { failingClient } from './test-fixtures/failing-client.js'
import { png, sha256 } from './test-fixtures/media.js'
import { modelSpans, readParts } from './test-fixtures/read-messages.js'
import { startRecording } from './test-fixtures/recording.js'
import { type AnswerPart, type Sdk, sdks } from './test-fixtures/sdk.js'

const answer: readonly AnswerPart[] = [
  { type: 'text', text: 'Here.' },
  { type: 'file', mediaType: 'image/png', data: png(4000, 2) },
]

const never = new Promise<never>(() => undefined)

const brokenDestinations: readonly { name: string; destination: ArtifactDestination }[] = [
  {
    name: 'throws',
    destination: {
      name: 'throwing',
      store: () => {
        throw new Error('no store today')
      },
      urlOf: () => {
        throw new Error('no address either')
      },
    },
  },
  { name: 'rejects', destination: { name: 'rejecting', store: () => Promise.reject(new Error('no store today')) } },
  { name: 'hangs', destination: { name: 'hanging', store: () => never } },
]

/** Both kinds of call, and what came back from them. */
async function callModel(sdk: Sdk, model: object, telemetry: Record<string, unknown>): Promise<unknown> {
  const messages = [{ role: 'user', content: [{ type: 'image', image: png(3000, 1) }] }]
  const generated = await sdk.generateText({ model, messages, ...telemetry })
  const streamed: unknown[] = []
  for await (const chunk of sdk.streamText({ model, messages, ...telemetry }).fullStream) streamed.push(chunk['type'])
  return {
    text: generated.text,
    finishReason: generated.finishReason,
    files: generated.files.map(({ uint8Array, mediaType }) => [mediaType, sha256(uint8Array)]),
    streamed,
  }
}

describe.each(sdks)('a destination of which AI SDK $version must notice nothing', (sdk) => {
  test.each(brokenDestinations)('one that $name', async ({ destination }) => {
    await using recording = startRecording({ destination })
    const { telemetry, model } = capture(sdk, recording)
    const plain = await callModel(sdk, sdk.models.language([answer]), {})
    expect(await callModel(sdk, model(sdk.models.language([answer])), telemetry())).toEqual(plain)
    expect(modelSpans(recording)).toHaveLength(2)
  })

  test('a broker that answers 500, and one that never answers', async () => {
    await using recording = startRecording()
    for (const reply of [{ kind: 'status', status: 500 }, { kind: 'hang' }] as const) {
      const broker = await startBrokerStub()
      await broker.always('register', reply)
      const client = new ArtifactClient({ destination: brokerDestination({ endpoint: broker.url }) })
      const { telemetry, model } = capture(sdk, recording, { client })
      const plain = await callModel(sdk, sdk.models.language([answer]), {})
      expect(await callModel(sdk, model(sdk.models.language([answer])), telemetry())).toEqual(plain)
      expect(readParts(modelSpans(recording).at(-1), 'output', 'assistant')).toContainEqual(
        expect.objectContaining({ type: 'uri', sha256: sha256(png(4000, 2)) }),
      )
      await client.shutdown({ timeoutMs: 50 })
      await broker.close()
    }
  })

  test('a client that has no room: the message says that the content is dropped', async () => {
    await using recording = startRecording({ destination: { name: 'hanging', store: () => never } })
    const client = new ArtifactClient({ destination: { name: 'hanging', store: () => never }, maxQueueArtifacts: 1 })
    const { telemetry, model } = capture(sdk, recording, { client })
    await callModel(sdk, model(sdk.models.language([answer])), telemetry())
    const parts = modelSpans(recording).flatMap((span) => readParts(span, 'output', 'assistant'))
    expect(parts).toContainEqual(expect.objectContaining({ type: 'uri', dropped: 'queue_full' }))
    await client.shutdown({ timeoutMs: 10 })
  })

  test('a client that fails in every way', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording, { client: failingClient(recording.client) })
    const plain = await callModel(sdk, sdk.models.language([answer]), {})
    expect(await callModel(sdk, model(sdk.models.language([answer])), telemetry())).toEqual(plain)
    expect(modelSpans(recording)).toHaveLength(2)
  })
})

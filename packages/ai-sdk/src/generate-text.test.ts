import { describe, expect, test } from 'vitest'
import { capture } from './test-fixtures/capture.js'
import { pdf, png, sha256 } from './test-fixtures/media.js'
import { startRecording } from './test-fixtures/recording.js'
import { sdks } from './test-fixtures/sdk.js'

describe.each(sdks)('AI SDK $version, generateText', (sdk) => {
  test('x', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const result = await sdk.generateText({
      model: model(sdk.models.language([[{ type: 'text', text: 'A cat.' }]])),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', image: png() },
            { type: 'file', data: pdf(), mediaType: 'application/pdf', filename: 'a.pdf' },
          ],
        },
      ],
      ...telemetry(),
    })
    expect(result.text).toBe('A cat.')
    await recording.flush()
    for (const span of recording.spans()) console.log(sdk.version, span.name, span.attributes)
    console.log([...recording.stored.artifacts.keys()], sha256(png()), sha256(pdf()))
  })
})

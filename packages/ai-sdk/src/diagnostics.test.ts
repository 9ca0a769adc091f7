import { diag, DiagLogLevel } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { capture } from './test-fixtures/capture.js'
import { failingClient } from './test-fixtures/failing-client.js'
import { png } from './test-fixtures/media.js'
import { startRecording } from './test-fixtures/recording.js'
import { sdks } from './test-fixtures/sdk.js'

test('a failure of the capture is told to the operator, without a word of what was said', async () => {
  const warnings: string[] = []
  const log = (...words: unknown[]): void => void warnings.push(words.join(' '))
  diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.WARN)
  await using recording = startRecording()
  const sdk = sdks[0]!
  const { telemetry, model } = capture(sdk, recording, { client: failingClient(recording.client) })
  const answer = [{ type: 'text', text: 'The secret answer.' }] as const
  const messages = [{ role: 'user', content: [{ type: 'image', image: png() }] }]
  await sdk.generateText({ model: model(sdk.models.language([answer])), messages, ...telemetry() })
  diag.disable()
  expect(warnings.join('\n')).toMatch(/ai_sdk_capture_failed: .+ failed: Error at /)
  expect(warnings.join('\n')).not.toContain('secret')
})

import type { IncomingMessage, ServerResponse } from 'node:http'
import { SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace-base'
import { createStore, listen, send, startTracing } from '@span-artifacts/http-testing'
import { expect, test } from 'vitest'
import { createHttpCapture } from './index.js'

let decision = SamplingDecision.NOT_RECORD
const sampler: Sampler = { shouldSample: () => ({ decision }), toString: () => 'by the test' }
const tracing = startTracing({ sampler })
const { client } = createStore()
const capture = createHttpCapture({ client })

test.each([
  ['neither recorded nor sampled', SamplingDecision.NOT_RECORD],
  ['recorded but not sampled', SamplingDecision.RECORD],
])('an exchange whose span is %s is not patched, not listened to, not captured', async (_, itsDecision) => {
  decision = itsDecision
  let before: unknown
  let after: unknown
  await using server = await listen((request, response) => {
    before = footprint(request, response)
    capture(request, response)
    after = footprint(request, response)
    request.resume().on('end', () => response.end('answered'))
  })
  const received = await send(server.url, { headers: { 'content-type': 'application/json' }, body: '{}' })
  expect(received.body.toString()).toBe('answered')
  expect(after).toEqual(before)
  await tracing.settled()
})

test('an exchange whose span is sampled is patched', async () => {
  decision = SamplingDecision.RECORD_AND_SAMPLED
  let patched = false
  await using server = await listen((request, response) => {
    capture(request, response)
    patched = Object.hasOwn(request, 'push') && Object.hasOwn(response, 'end')
    request.resume().on('end', () => response.end())
  })
  await send(server.url, { headers: { 'content-type': 'application/json' }, body: '{}' })
  expect(patched).toBe(true)
  await tracing.settled()
})

function footprint(request: IncomingMessage, response: ServerResponse): unknown {
  return [request, response].map((emitter) => [
    Reflect.ownKeys(emitter),
    emitter.eventNames().map((name) => [name, emitter.listenerCount(name)]),
  ])
}

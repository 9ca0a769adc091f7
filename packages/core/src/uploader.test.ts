import { context, createContextKey, trace, type Context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Artifact } from './artifact.js'
import { startClient } from './test-fixtures/clients.js'

let exporter: InMemorySpanExporter
beforeEach(() => {
  exporter = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})
afterEach(() => {
  trace.disable()
  context.disable()
})

test('uploads make no spans, and keep nothing of the context that they were submitted in', async () => {
  const requestKey = createContextKey('request')
  const seen: (Context | undefined)[] = []
  const client = startClient({
    destination: {
      name: 'traced',
      async store() {
        trace.getTracer('http').startSpan('PUT').end()
        await new Promise((resolve) => setTimeout(resolve, 1))
        trace.getTracer('http').startSpan('POST').end()
        seen.push(context.active())
        return 'stored'
      },
    },
  })
  await context.with(context.active().setValue(requestKey, 'a request'), () => new Artifact('x', { client }).uploaded)
  expect(exporter.getFinishedSpans()).toEqual([])
  expect(seen[0]!.getValue(requestKey)).toBeUndefined()
  // The application's own spans are made as ever.
  trace.getTracer('app').startSpan('mine').end()
  expect(exporter.getFinishedSpans()).toHaveLength(1)
})

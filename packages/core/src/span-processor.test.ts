import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Tracer } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { ArtifactClient } from './client.js'
import type { MemoryDestination } from './destinations/memory.js'
import { ArtifactConfigurationError } from './errors.js'
import { recordArtifact } from './record.js'
import { parseArtifactReference } from './reference.js'
import { ArtifactSpanProcessor, type ArtifactSpanProcessorOptions } from './span-processor.js'
import { memoryClient } from './test-fixtures/clients.js'

const LARGE_BYTES = 3_000_000

let exporter: InMemorySpanExporter
let client: ArtifactClient
let destination: MemoryDestination
beforeEach(() => {
  exporter = new InMemorySpanExporter()
  ;({ client, destination } = memoryClient())
})

/** The real SDK with its batching exporter behind the processor, and any other processors beside it. */
function start(
  options: ArtifactSpanProcessorOptions = {},
  beside: SpanProcessor[] = [],
): {
  provider: BasicTracerProvider
  tracer: Tracer
} {
  const processor = new ArtifactSpanProcessor(new BatchSpanProcessor(exporter), { client, ...options })
  const provider = new BasicTracerProvider({ spanProcessors: [processor, ...beside] })
  onTestFinished(() => provider.shutdown())
  return { provider, tracer: provider.getTracer('test') }
}

function exported(): ReadableSpan[] {
  return exporter.getFinishedSpans()
}

/** Text whose end the test decides. */
function endlessStream(): { stream: Readable; end: () => void } {
  const stream = new Readable({ read: () => undefined })
  stream.push('begun')
  return { stream, end: () => stream.push(null) }
}

describe('the span processor', () => {
  test('exports a span that ended at once with the reference of a large artifact, and stores it', async () => {
    const { provider, tracer } = start()
    const span = tracer.startSpan('work', { attributes: { step: 1 } })
    const artifact = recordArtifact(span, 'large', randomBytes(LARGE_BYTES), { client })
    span.end()
    expect(exported()).toEqual([])
    await provider.forceFlush()

    const [view] = exported()
    expect(view?.attributes['step']).toBe(1)
    expect(parseArtifactReference(view?.attributes['large'])).toEqual(artifact?.reference())
    expect(view?.name).toBe('work')
    expect(view?.spanContext()).toEqual(span.spanContext())
    expect(destination.artifacts.has(artifact!.sha256)).toBe(true)
  })

  test('takes several late references of one span', async () => {
    const { provider, tracer } = start()
    const span = tracer.startSpan('work')
    recordArtifact(span, 'bytes', randomBytes(LARGE_BYTES), { client })
    recordArtifact(span, 'stream', Readable.from(['abc']), { client })
    span.end()
    await provider.forceFlush()
    const { attributes } = exported()[0]!
    expect(parseArtifactReference(attributes['bytes'])?.size_bytes).toBe(LARGE_BYTES)
    expect(parseArtifactReference(attributes['stream'])?.size_bytes).toBe(3)
  })

  test('leaves the span itself, which other processors see, as it is', async () => {
    const seen = new InMemorySpanExporter()
    const { provider, tracer } = start({}, [new SimpleSpanProcessor(seen)])
    const span = tracer.startSpan('work')
    recordArtifact(span, 'large', randomBytes(LARGE_BYTES), { client })
    span.end()
    await provider.forceFlush()
    expect(exported()[0]?.attributes['large']).toBeDefined()
    expect(seen.getFinishedSpans()[0]?.attributes).toEqual({})
  })

  test('passes spans on in the order of their ends', async () => {
    const { provider, tracer } = start()
    const { stream, end } = endlessStream()
    for (const name of ['first', 'second', 'third', 'fourth']) {
      const span = tracer.startSpan(name)
      if (name === 'second') recordArtifact(span, 'late', stream, { client })
      if (name === 'third') recordArtifact(span, 'late', randomBytes(LARGE_BYTES), { client })
      span.end()
    }
    end()
    await provider.forceFlush()
    expect(exported().map(({ name }) => name)).toEqual(['first', 'second', 'third', 'fourth'])
    expect(exported().map(({ attributes }) => 'late' in attributes)).toEqual([false, true, true, false])
  })

  test('waits for a reference no longer than its deadline', async () => {
    const processor = new ArtifactSpanProcessor(new SimpleSpanProcessor(exporter), { client, holdTimeoutMs: 20 })
    const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('test')
    const { stream, end } = endlessStream()
    onTestFinished(end)
    const span = tracer.startSpan('work', { attributes: { step: 1 } })
    recordArtifact(span, 'never', stream, { client })
    span.end()
    await expect.poll(exported).toHaveLength(1)
    expect(exported()[0]?.attributes).toEqual({ step: 1 })
  })

  test('holds no more spans than its bound: the oldest go on without their references', async () => {
    const { provider, tracer } = start({ maxHeldSpans: 2 })
    const streams = ['a', 'b', 'c', 'd'].map((name) => {
      const { stream, end } = endlessStream()
      const span = tracer.startSpan(name)
      recordArtifact(span, 'late', stream, { client })
      span.end()
      return end
    })
    for (const end of streams) end()
    await provider.forceFlush()
    expect(exported().map(({ name, attributes }) => [name, 'late' in attributes])).toEqual([
      ['a', false],
      ['b', false],
      ['c', true],
      ['d', true],
    ])
  })

  test('keeps the errors of the wrapped processor from the process, and passes on the spans behind', async () => {
    const seen: string[] = []
    const failing = new (class extends SimpleSpanProcessor {
      override onEnd(span: ReadableSpan): void {
        if (span.name === 'bad') throw new Error('cannot be exported')
        seen.push(span.name)
      }
    })(exporter)
    const processor = new ArtifactSpanProcessor(failing, { client, holdTimeoutMs: 60_000 })
    const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('test')
    for (const name of ['bad', 'good', 'bad', 'better']) {
      const span = tracer.startSpan(name)
      if (name === 'bad') recordArtifact(span, 'large', randomBytes(LARGE_BYTES), { client })
      span.end()
    }
    await processor.forceFlush()
    expect(seen).toEqual(['good', 'better'])
  })

  test('goes on without the reference of a stream that breaks, marked as dropped', async () => {
    const { provider, tracer } = start()
    const span = tracer.startSpan('work')
    const broken = new Readable({ read: () => broken.destroy(new Error('connection lost')) })
    recordArtifact(span, 'broken', broken, { client })
    span.end()
    await provider.forceFlush()
    expect(parseArtifactReference(exported()[0]?.attributes['broken'])?.dropped).toBe('unreadable')
  })

  test('stores everything at shutdown, with the spans', async () => {
    const { provider, tracer } = start()
    const span = tracer.startSpan('work')
    recordArtifact(span, 'small', 'text', { client })
    recordArtifact(span, 'large', randomBytes(LARGE_BYTES), { client })
    span.end()
    await provider.shutdown()
    expect(destination.artifacts.size).toBe(2)
    expect(client.stats()).toMatchObject({ accepted: 2, uploaded: 2 })
  })

  test('refuses options that make no sense, by name', () => {
    expect(() => start({ holdTimeoutMs: -1 })).toThrow(ArtifactConfigurationError)
    expect(() => start({ maxHeldSpans: 1.5 })).toThrow(/maxHeldSpans is 1.5/)
  })
})

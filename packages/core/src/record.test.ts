import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Span } from '@opentelemetry/api'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { beforeEach, describe, expect, test } from 'vitest'
import { Artifact } from './artifact.js'
import { recordArtifact } from './record.js'
import { parseArtifactReference, parseArtifactReferences } from './reference.js'
import { memoryClient } from './test-fixtures/clients.js'

let exporter: InMemorySpanExporter
let span: Span
beforeEach(() => {
  exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  span = provider.getTracer('test').startSpan('work')
})

function attributes(): Record<string, unknown> {
  span.end()
  return exporter.getFinishedSpans()[0]!.attributes
}

describe('recordArtifact', () => {
  test('sets the attribute at once and stores the content in the background', async () => {
    const { client, destination } = memoryClient()
    const artifact = recordArtifact(span, 'chart', Buffer.from('png'), { client, filename: 'chart.png' })
    const reference = parseArtifactReference(attributes()['chart'])
    expect(reference).toEqual(artifact!.reference())
    expect(reference).toMatchObject({ size_bytes: 3, content_type: 'image/png', filename: 'chart.png' })
    await artifact!.uploaded
    expect(destination.artifacts.has(reference!.sha256)).toBe(true)
  })

  test('hashes large content while the application goes on, and then sets the attribute', async () => {
    const { client } = memoryClient()
    const artifact = recordArtifact(span, 'large', randomBytes(5_000_000), { client })
    let turns = 0
    const counter = setInterval(() => (turns += 1), 0)
    await client.forceFlush()
    clearInterval(counter)
    expect(turns).toBeGreaterThan(0)
    expect(parseArtifactReference(attributes()['large'])).toEqual(artifact!.reference())
  })

  test('reads a stream and then sets the attribute', async () => {
    const { client, destination } = memoryClient()
    expect(recordArtifact(span, 'stream', Readable.from(['abc']), { client })).toBeUndefined()
    await client.forceFlush()
    const reference = parseArtifactReference(attributes()['stream'])!
    expect(Buffer.from(destination.artifacts.get(reference.sha256)!.bytes).toString()).toBe('abc')
  })

  test('takes an artifact, and a list of them', async () => {
    const { client } = memoryClient()
    const [one, other] = [new Artifact('1', { client }), new Artifact(randomBytes(2_000_000), { client })]
    expect(recordArtifact(span, 'one', one)).toBe(one)
    recordArtifact(span, 'both', [one, other])
    await client.forceFlush()
    const recorded = attributes()
    expect(parseArtifactReference(recorded['one'])).toEqual(one.reference())
    expect(parseArtifactReferences(recorded['both'])).toEqual([one.reference(), other.reference()])
  })

  test('takes a list of anything else as JSON', () => {
    const { client } = memoryClient()
    recordArtifact(span, 'list', [1, 2], { client })
    recordArtifact(span, 'none', [], { client })
    const recorded = attributes()
    expect(parseArtifactReference(recorded['list'])).toMatchObject({ content_type: 'application/json', size_bytes: 5 })
    expect(parseArtifactReference(recorded['none'])).toMatchObject({ content_type: 'application/json', size_bytes: 2 })
  })

  test('says on the span that the content was dropped', () => {
    const { client } = memoryClient({ maxArtifactBytes: 2 })
    recordArtifact(span, 'large', 'abc', { client })
    expect(parseArtifactReference(attributes()['large'])).toMatchObject({ size_bytes: 3, dropped: 'too_large' })
  })

  test('says on the span that the content could not be read, in either mode, and never throws', async () => {
    const { client } = memoryClient()
    const cycle: unknown[] = []
    cycle.push(cycle)
    recordArtifact(span, 'background', cycle, { client })
    recordArtifact(span, 'sync', cycle, { client, upload: 'sync' })
    recordArtifact(span, 'file', new URL('file:///none/here'), { client, upload: 'sync' })
    await client.forceFlush()
    const recorded = attributes()
    expect(parseArtifactReference(recorded['background'])?.dropped).toBe('not_serializable')
    expect(parseArtifactReference(recorded['sync'])?.dropped).toBe('not_serializable')
    expect(parseArtifactReference(recorded['file'])?.dropped).toBe('file_not_found')
  })

  test('leaves a span alone that is not recording, and its data too', async () => {
    const { client } = memoryClient()
    const provider = new BasicTracerProvider({ sampler: new AlwaysOffSampler() })
    const unsampled = provider.getTracer('test').startSpan('work')
    const untouched = {
      toJSON(): never {
        throw new Error('was read')
      },
    }
    expect(recordArtifact(unsampled, 'x', untouched, { client })).toBeUndefined()
    expect(client.stats().accepted).toBe(0)
  })

  test('stores content that became ready after the span had ended', async () => {
    const { client, destination } = memoryClient()
    recordArtifact(span, 'late', randomBytes(3_000_000), { client })
    expect(attributes()).toEqual({})
    await client.forceFlush()
    expect(destination.artifacts.size).toBe(1)
  })

  test('survives a span that throws', () => {
    const { client } = memoryClient()
    span.setAttribute = () => {
      throw new Error('no')
    }
    expect(recordArtifact(span, 'x', 'data', { client })).toBeUndefined()
    span.spanContext = () => {
      throw new Error('no')
    }
    expect(recordArtifact(span, 'x', randomBytes(2_000_000), { client })).toBeUndefined()
  })

  test.each<[string, unknown]>([
    ['an object without a prototype', Object.create(null)],
    ['an error whose name is a symbol', Object.assign(new Error('no'), { name: Symbol('no') })],
    [
      'an error whose name throws',
      Object.defineProperty(new Error('no'), 'name', {
        get() {
          throw new Error('no name')
        },
      }),
    ],
  ])('survives a span that throws %s, at once and later', async (_, thrown) => {
    const { client, destination } = memoryClient()
    span.setAttribute = () => {
      throw thrown
    }
    expect(recordArtifact(span, 'now', 'data', { client })).toBeUndefined()
    recordArtifact(span, 'later', Readable.from(['abc']), { client })
    await client.forceFlush()
    expect(destination.artifacts.size).toBe(2)
  })
})

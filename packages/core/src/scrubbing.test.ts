import { trace } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import * as logfire from 'logfire'
import { beforeEach, describe, expect, test } from 'vitest'
import { Artifact } from './artifact.js'
import { configureArtifacts } from './global-client.js'
import { memoryDestination } from './destinations/memory.js'
import { type ArtifactReference, parseArtifactReference, parseArtifactReferences } from './reference.js'
import { keepArtifactReferences } from './scrubbing.js'

const png = Buffer.from('89504e470d0a1a0a', 'hex')
const wrapped = (reference: ArtifactReference): unknown => ({ 'logfire.artifact': reference })

describe('with the real Logfire API', () => {
  // Logfire keeps the tracer that it first got: one provider for all.
  const exporter = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  let destination: ReturnType<typeof memoryDestination>
  beforeEach(() => {
    exporter.reset()
    destination = memoryDestination()
    configureArtifacts({ destination })
  })

  function log(attributes: Record<string, unknown>, extraPatterns: string[] = []): Record<string, unknown> {
    logfire.configureLogfireApi({ scrubbing: { extraPatterns, callback: keepArtifactReferences() } })
    logfire.info('x', attributes)
    return exporter.getFinishedSpans()[0]!.attributes
  }

  test('every reference stays whole wherever it stands, while secrets are scrubbed', async () => {
    const [a, b] = [new Artifact(png), new Artifact('pdf', { filename: 'session-log.pdf' })]
    const logged = log({
      chart: a,
      secret: b,
      password_files: [a, b],
      nested: { session: [a, b] },
      text: JSON.stringify(a),
      password: 'hunter2',
      cookie: { sid: 'hunter2' },
    })
    expect(parseArtifactReference(logged['chart'])).toEqual(a.reference())
    expect(parseArtifactReference(logged['secret'])).toEqual(b.reference())
    expect(parseArtifactReferences(logged['password_files'])).toEqual([a.reference(), b.reference()])
    expect(JSON.parse(String(logged['nested']))).toEqual({ session: [wrapped(a.reference()), wrapped(b.reference())] })
    expect(parseArtifactReference(logged['text'])).toEqual(a.reference())
    expect(JSON.stringify(logged)).not.toContain('hunter2')
    await Promise.all([a.uploaded, b.uploaded])
    expect(destination.artifacts.size).toBe(2)
  })

  test('a pattern of the user that matches digits of a digest changes nothing', () => {
    const artifact = new Artifact(png)
    expect(parseArtifactReference(log({ chart: artifact }, ['[0-9]{2}'])['chart'])).toEqual(artifact.reference())
  })

  test('what only looks like a reference gets no exemption beyond its validated members', () => {
    const { sha256 } = new Artifact(png)
    const lookalike = {
      sha256,
      size_bytes: 1,
      content_type: 'a/b',
      password: 'hunter2',
      filename: { secret: 'hunter3' },
    }
    const logged = log({
      fake: { 'logfire.artifact': lookalike, secret: 'hunter4' },
      secret: { 'logfire.artifact': lookalike },
    })
    expect(JSON.stringify(logged)).not.toMatch(/hunter/)
    expect(JSON.parse(String(logged['secret']))).toEqual(wrapped({ sha256, size_bytes: 1, content_type: 'a/b' }))
  })
})

describe('what is no reference', () => {
  const reference: ArtifactReference = { sha256: 'a'.repeat(64), size_bytes: 1, content_type: 'a/b' }

  test('is left to the other callback, and without one to the scrubber', () => {
    const keepEverything = keepArtifactReferences((match) => match.value)
    expect(keepEverything({ path: ['password'], value: 'x' })).toBe('x')
    expect(keepArtifactReferences()({ path: ['password'], value: 'x' })).toBeUndefined()
    expect(keepArtifactReferences()({ path: ['password'], value: [] })).toBeUndefined()
    expect(keepArtifactReferences()({ path: ['password'], value: [wrapped(reference), 'x'] })).toBeUndefined()
  })

  test('is not asked about when a reference is found', () => {
    const keep = keepArtifactReferences(() => 'scrubbed')
    expect(keep({ path: ['secret'], value: wrapped(reference) })).toEqual(wrapped(reference))
    expect(keep({ path: ['secret'], value: [wrapped(reference)] })).toEqual([wrapped(reference)])
    expect(keep({ path: ['secret', 'logfire.artifact'], value: reference })).toEqual(reference)
    expect(keep({ path: ['x', 'logfire.artifact', 'filename'], value: 'session.log' })).toBe('session.log')
    expect(keep({ path: ['x', 'logfire.artifact', 'password'], value: 'x' })).toBe('scrubbed')
    expect(keep({ path: ['logfire.artifact', 'filename', 'x'], value: 'x' })).toBe('scrubbed')
  })
})

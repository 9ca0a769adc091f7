import * as logfire from '@pydantic/logfire-node'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, test } from 'vitest'
import { Artifact } from './artifact.js'
import { memoryDestination } from './destinations/memory.js'
import { configureArtifacts } from './global-client.js'
import { type ArtifactReference, parseArtifactReference } from './reference.js'
import { keepArtifactReferences } from './scrubbing.js'

const png = Buffer.from('89504e470d0a1a0a', 'hex')
const wrapped = (reference: ArtifactReference): unknown => ({ 'logfire.artifact': reference })

// Logfire is configured once in a process, so all of it is in one file.
const exporter = new InMemorySpanExporter()
const destination = memoryDestination()
configureArtifacts({ destination })
logfire.configure({
  sendToLogfire: false,
  console: false,
  metrics: false,
  scrubbing: { extraPatterns: ['[0-9]{2}'], callback: keepArtifactReferences() },
  additionalSpanProcessors: [new SimpleSpanProcessor(exporter)],
})

describe('with the real @pydantic/logfire-node', () => {
  test('every reference arrives whole, the password is scrubbed, and every blob is stored', async () => {
    const chart = new Artifact(png)
    const secret = new Artifact('%PDF-1.7', { filename: 'session-log.pdf' })
    const [a, b] = [new Artifact('first'), new Artifact('second', { filename: 'cookie.txt' })]
    logfire.info('x', { chart, secret, nested: { session: [a, b] }, password: 'hunter2' })

    const span = exporter.getFinishedSpans().find(({ name }) => name === 'x')
    const attributes = span?.attributes ?? {}
    expect(parseArtifactReference(attributes['chart'])).toEqual(chart.reference())
    expect(parseArtifactReference(attributes['secret'])).toEqual(secret.reference())
    expect(JSON.parse(String(attributes['nested']))).toEqual({
      session: [wrapped(a.reference()), wrapped(b.reference())],
    })
    expect(String(attributes['password'])).toMatch(/Scrubbed/)
    expect(JSON.stringify(attributes)).not.toContain('hunter2')

    await Promise.all([chart, secret, a, b].map(({ uploaded }) => uploaded))
    expect(destination.artifacts.size).toBe(4)
  })
})

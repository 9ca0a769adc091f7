import { diag, DiagLogLevel } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { ArtifactClient, type ArtifactReference } from '@span-artifacts/core'
import type { HttpCaptureOptions } from '@span-artifacts/http'
import { capturedExchange, send, startTracing } from '@span-artifacts/http-testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { applications } from './applications.js'
import { bodies } from './bodies.js'
import { startBroker } from './broker.js'
import { findSecrets, findSecretsBelow, SECRETS } from './secrets.js'

const directory = await mkdtemp(join(tmpdir(), 'span-artifacts-secrets-'))
const dataDirectory = join(directory, 'data')
let broker = await startBroker(dataDirectory)
const exporter = new BatchSpanProcessor(new OTLPTraceExporter({ url: `${broker.url}/v1/traces` }))
const tracing = startTracing({ spanProcessors: [exporter] })

const log: string[] = []
const write = (...parameters: unknown[]): number => log.push(parameters.join(' '))
diag.setLogger(
  { error: write, warn: write, info: write, debug: write, verbose: write },
  { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
)

beforeEach(async () => {
  await tracing.settled()
  tracing.reset()
})
afterAll(async () => {
  diag.disable()
  await broker.stop()
  await rm(directory, { recursive: true })
})

/** Sends every body to an application, in pieces that are smaller than any secret. */
async function runTraffic(name: string, options: HttpCaptureOptions): Promise<void> {
  const application = await applications[name]?.(options)
  if (application === undefined) throw new Error(`There is no application "${name}".`)
  try {
    for (const { contentType, contentEncoding, bytes } of bodies) {
      const headers = {
        'content-type': contentType,
        authorization: `Bearer ${SECRETS.token}`,
        cookie: `session=${SECRETS.apiKey}`,
        ...(contentEncoding !== undefined && { 'content-encoding': contentEncoding }),
      }
      await send(application.url, { headers, body: bytes, chunkBytes: 11 })
    }
    await tracing.settled()
  } finally {
    await application.close()
  }
}

/** A client whose artifacts all pass through files. */
function createClient(spoolDirectory: string): ArtifactClient {
  return new ArtifactClient({ endpoint: broker.url, spoolDirectory, spoolEverything: true })
}

/** The digests of the bodies that spans refer to and that are among the files. */
function storedBodies(files: readonly string[]): { requests: string[]; responses: string[] } {
  const stored = new Set(files.map((file) => basename(file)))
  const exchanges = tracing.serverSpans().map(({ attributes }) => capturedExchange(attributes))
  const digests = (references: (ArtifactReference | undefined)[]): string[] =>
    references.flatMap((reference) => (reference && stored.has(reference.sha256) ? [reference.sha256] : []))
  return {
    requests: digests(exchanges.map(({ request }) => request)),
    responses: digests(exchanges.map(({ response }) => response)),
  }
}

function findInTelemetry(): string[] {
  const spans = JSON.stringify(
    tracing.allSpans().map(({ name, attributes, events, status }) => [name, attributes, events, status]),
  )
  return [...findSecrets(Buffer.from(spans), 'a span'), ...findSecrets(Buffer.from(log.join('\n')), 'the log')]
}

const exporting = { previewBytes: 4096 }

describe.each(Object.keys(applications))('of the passwords, tokens and cards that %s gets and sends', (name) => {
  test('none is in what the server stores, in a span, or in a log', async () => {
    const spool = join(directory, `spool of ${name}`)
    const client = createClient(spool)
    await runTraffic(name, { client, ...exporting })
    await client.forceFlush()
    await exporter.forceFlush()
    const stored = await findSecretsBelow(dataDirectory)
    expect(stored.findings).toEqual([])
    expect((await findSecretsBelow(spool)).findings).toEqual([])
    // All of it was looked at, not nothing.
    expect(tracing.serverSpans()).toHaveLength(bodies.length)
    const { requests, responses } = storedBodies(stored.files)
    expect(requests.length).toBeGreaterThanOrEqual(bodies.length - 1)
    expect(responses).toHaveLength(bodies.length)
    expect(findInTelemetry()).toEqual([])
    expect(findSecrets(Buffer.from(broker.output()), 'the server’s output')).toEqual([])
    await client.shutdown()
  })
})

test('none is in the files in which artifacts wait for a server that is away', async () => {
  await broker.stop()
  // What SQLite had in its log is in its file now.
  expect((await findSecretsBelow(dataDirectory)).findings).toEqual([])
  const spool = join(directory, 'waiting')
  const client = createClient(spool)
  for (const name of Object.keys(applications)) {
    tracing.reset()
    await runTraffic(name, { client, ...exporting })
  }
  await client.shutdown()
  const waiting = await findSecretsBelow(spool)
  expect(waiting.files.length).toBeGreaterThan(bodies.length)
  expect(waiting.findings).toEqual([])
  expect(findInTelemetry()).toEqual([])
  broker = await startBroker(dataDirectory)
})

test('and all would be found, if they were there', async () => {
  const spool = join(directory, 'unredacted')
  const openData = join(directory, 'unredacted data')
  const open = await startBroker(openData)
  const client = new ArtifactClient({ endpoint: open.url, spoolDirectory: spool, spoolEverything: true })
  await runTraffic('a plain server that echoes', { client, redact: false, ...exporting })
  await client.forceFlush()
  const { findings } = await findSecretsBelow(openData)
  const inSpans = findInTelemetry()
  for (const secret of Object.keys(SECRETS)) {
    expect(findings.filter((finding) => finding.startsWith(`${secret} as text`))).not.toEqual([])
    expect(inSpans.filter((finding) => finding.startsWith(`${secret} as text in a span`))).not.toEqual([])
  }
  expect(findings.filter((finding) => finding.endsWith(', unpacked'))).not.toEqual([])
  await client.shutdown()
  await open.stop()
})

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'
import {
  ArtifactClient,
  ArtifactUploadError,
  type ArtifactDestination,
  type StorableArtifact,
} from '@span-artifacts/core'
import { listen, send, startTracing } from '@span-artifacts/http-testing'
import { expect, onTestFinished, test } from 'vitest'
import { captureHttpExchange, createHttpCapture } from './index.js'

startTracing()

/** Text of JSON, large or small, whose every byte tells which one it is. */
function jsonBody(number: number): string {
  const lengths = [10, 15_000, 17_000, 33_000, 90_000, 300_000]
  return JSON.stringify({
    text: String.fromCharCode(97 + (number % 26)).repeat(lengths[number % lengths.length] ?? 0),
    number,
  })
}

async function exchangeBodies(destination: Pick<ArtifactDestination, 'store'>, count: number): Promise<Set<string>> {
  const client = new ArtifactClient({
    destination: { name: 'test', ...destination },
    retryInitialDelayMs: 1,
    retryMaxDelayMs: 2,
    breakerFailures: 1_000_000,
  })
  onTestFinished(() => client.shutdown({ timeoutMs: 0 }))
  const capture = createHttpCapture({ client })
  await using server = await listen((request, response) => {
    capture(request, response)
    request.resume().on('end', () => response.end())
  })
  const digests = new Set<string>()
  const numbers = Array.from({ length: count }, (_, number) => number)
  const post = async (number: number): Promise<void> => {
    const body = jsonBody(number)
    digests.add(createHash('sha256').update(body).digest('hex'))
    await send(server.url, { headers: { 'content-type': 'application/json' }, body })
  }
  for (let first = 0; first < count; first += 10) await Promise.all(numbers.slice(first, first + 10).map(post))
  await client.forceFlush()
  return digests
}

async function digestOf(artifact: StorableArtifact): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of artifact.chunks()) {
    // The longer it takes to read a chunk, the sooner somebody else writes to its memory.
    await sleep(artifact.sizeBytes % 3)
    hash.update(chunk)
  }
  return hash.digest('hex')
}

test.each([[false], [true]])(
  'bodies that share memory one after the other are stored each as it was (views of it: %s)',
  async (verifiesDigests) => {
    const stored = new Set<string>()
    let attempts = 0
    const destination = {
      verifiesDigests,
      store: async (artifact: StorableArtifact) => {
        attempts += 1
        // What has failed half way is read again later, when other bodies have come.
        if (attempts % 3 === 0) {
          for await (const _ of artifact.chunks()) break
          throw new ArtifactUploadError('unexpected_error', 'try again', { recovery: 'retry' })
        }
        expect(await digestOf(artifact)).toBe(artifact.sha256)
        stored.add(artifact.sha256)
        return 'stored' as const
      },
    }
    expect(stored).toEqual(await exchangeBodies(destination, 120))
  },
)

test('whoever reads on after it has said that it is done gets an error, not the memory of another body', async () => {
  const readings: Promise<string>[] = []
  const destination = {
    store: async (artifact: StorableArtifact) => {
      readings.push(
        digestOf(artifact).then(
          (digest) => (digest === artifact.sha256 ? 'right' : 'wrong'),
          () => 'refused',
        ),
      )
      return 'stored' as const
    },
  }
  await exchangeBodies(destination, 60)
  const outcomes = await Promise.all(readings)
  expect(outcomes).toContain('refused')
  expect(outcomes).not.toContain('wrong')
})

test('a capture that fails after it has handed a body over leaves the memory of that body alone', async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  const digests: [expected: string, actual: string][] = []
  const destination = {
    store: async (artifact: StorableArtifact) => {
      await opened
      digests.push([artifact.sha256, await digestOf(artifact)])
      return 'stored' as const
    },
  }
  const client = new ArtifactClient({ destination: { name: 'test', ...destination } })
  onTestFinished(() => client.shutdown({ timeoutMs: 0 }))
  await using server = await listen((request, response) => {
    const span = trace.getTracer('test').startSpan('exchange')
    const setAttribute = span.setAttribute.bind(span)
    span.setAttribute = (name, value) => {
      if (name.includes('response')) throw new Error('a span of somebody')
      return setAttribute(name, value)
    }
    captureHttpExchange(request, response, { client, span })
    response.once('close', () => span.end())
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'))
  })
  for (let number = 0; number < 12; number += 1) {
    await send(server.url, { headers: { 'content-type': 'application/json' }, body: jsonBody(number) })
  }
  open()
  await client.forceFlush()
  expect(digests.length).toBeGreaterThanOrEqual(12)
  for (const [expected, actual] of digests) expect(actual).toBe(expected)
})

test.each([
  ['application/json', 5000],
  ['application/json', 60_000],
  ['application/octet-stream', 60_000],
])('a body of %s that comes and goes byte by byte is kept in few chunks (%i bytes)', async (contentType, sizeBytes) => {
  const chunks = new Map<string, number>()
  const destination = {
    store: async (artifact: StorableArtifact) => {
      let count = 0
      const hash = createHash('sha256')
      for await (const chunk of artifact.chunks()) {
        hash.update(chunk)
        count += 1
      }
      chunks.set(hash.digest('hex'), count)
      return 'stored' as const
    },
  }
  const client = new ArtifactClient({ destination: { name: 'test', ...destination } })
  onTestFinished(() => client.shutdown({ timeoutMs: 0 }))
  const capture = createHttpCapture({ client })
  const text = JSON.stringify({ text: 'a'.repeat(sizeBytes) })
  const answer = JSON.stringify({ text: 'b'.repeat(sizeBytes) })
  await using server = await listen((request, response) => {
    capture(request, response)
    response.setHeader('content-type', contentType)
    request.resume().on('end', () => {
      for (const letter of answer) response.write(letter)
      response.end()
    })
  })
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write(
    `POST / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: ${contentType}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  )
  socket.end(`${Array.from(text, (letter) => `1\r\n${letter}\r\n`).join('')}0\r\n\r\n`)
  await once(socket.resume(), 'close')
  await client.forceFlush()
  const digests = [text, answer].map((body) => createHash('sha256').update(body).digest('hex'))
  expect([...chunks.keys()].toSorted()).toEqual(digests.toSorted())
  for (const count of chunks.values()) expect(count).toBeLessThan(30)
})

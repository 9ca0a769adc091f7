import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { IncomingMessage, request as sendRequest, ServerResponse, type ClientRequest } from 'node:http'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { trace } from '@opentelemetry/api'
import { ArtifactClient, memoryDestination } from '@span-artifacts/core'
import { capturedExchange, listen, sha256, startTracing } from '@span-artifacts/http-testing'
import busboy from 'busboy'
import { formidable } from 'formidable'
import { afterAll, expect, test } from 'vitest'
import { captureFiles, createHttpCapture } from './index.js'

const MEBIBYTE = 1024 * 1024
const TOTAL_BYTES = 24 * MEBIBYTE
const CHUNK_BYTES = 65_536
/** What a client holds of a body that passes, besides what is on its way to the disk. */
const IN_MEMORY_BYTES = 65_536
const octets = { 'content-type': 'application/octet-stream' }

const directory = await mkdtemp(join(tmpdir(), 'bounded-memory-'))
const destination = memoryDestination()
const client = new ArtifactClient({
  destination,
  spoolDirectory: join(directory, 'spool'),
  maxQueueBytes: 4 * MEBIBYTE,
})
const capture = createHttpCapture({ client, maxBodyBytes: 2 * TOTAL_BYTES })
const tracing = startTracing()

afterAll(async () => {
  await client.shutdown()
  await rm(directory, { recursive: true })
})

let contents = 0

/** Bytes of which no two chunks are alike, other ones each time. */
function* chunks(hash: Hash): Generator<Buffer> {
  contents += 1
  for (let made = 0; made < TOTAL_BYTES; made += CHUNK_BYTES) {
    const chunk = Buffer.alloc(CHUNK_BYTES, 0xa0 + contents)
    chunk.writeUInt32BE(made, 4)
    hash.update(chunk)
    yield chunk
  }
}

/** Watches what a client holds in memory. */
function watchMemory(watched = client): () => number {
  let most = 0
  const timer = setInterval(() => (most = Math.max(most, watched.stats().queuedBytes)), 1)
  return () => {
    clearInterval(timer)
    return most
  }
}

/** Reads everything, but not as fast as it comes. */
async function readSlowly(stream: Readable): Promise<string> {
  const hash = createHash('sha256')
  let count = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    count += 1
    if (count % 50 === 0) await delay(2)
    else await nextTurn()
  }
  return hash.digest('hex')
}

async function expectStored(digest: string): Promise<void> {
  await client.forceFlush()
  const stored = destination.artifacts.get(digest)
  expect(createHash('sha256').update(stored!.bytes).digest('hex')).toBe(digest)
  expect(client.stats()).toMatchObject({ dropped: {}, failed: {}, queuedBytes: 0 })
  const entries = await readdir(join(directory, 'spool'), { recursive: true })
  expect(entries.filter((name) => /\.(?:partial|artifact)$/.test(name))).toEqual([])
}

test('a large body that the application reads slowly goes to disk while it passes, and is stored', async () => {
  const sent = createHash('sha256')
  let received = ''
  await using server = await listen(async (request, response) => {
    capture(request, response)
    received = await readSlowly(request)
    response.end()
  })
  const mostInMemory = watchMemory()
  const outgoing = sendRequest(server.url, { method: 'POST', headers: octets })
  const answered = once(outgoing, 'response')
  await pipeline(Readable.from(chunks(sent)), outgoing)
  const [incoming]: IncomingMessage[] = await answered
  incoming?.resume()
  const digest = sent.digest('hex')
  expect(received).toBe(digest)
  expect(mostInMemory()).toBeLessThanOrEqual(IN_MEMORY_BYTES)
  const { request } = capturedExchange(await tracing.serverAttributes())
  expect(request).toMatchObject({ sha256: digest, size_bytes: TOTAL_BYTES })
  await expectStored(digest)
})

test('a large answer to a client that reads slowly goes to disk while it passes, and is stored', async () => {
  const sent = createHash('sha256')
  await using server = await listen((request, response) => {
    capture(request, response)
    response.writeHead(200, octets)
    Readable.from(chunks(sent)).pipe(response)
  })
  const mostInMemory = watchMemory()
  const incoming = await new Promise<IncomingMessage>((resolve) => sendRequest(server.url, resolve).end())
  const digest = await readSlowly(incoming)
  expect(sent.digest('hex')).toBe(digest)
  expect(mostInMemory()).toBeLessThanOrEqual(IN_MEMORY_BYTES)
  const { response } = capturedExchange(await tracing.serverAttributes())
  expect(response).toMatchObject({ sha256: digest, size_bytes: TOTAL_BYTES })
  await expectStored(digest)
})

test('a large file in a form goes to disk while it passes, and is stored', async () => {
  const sent = createHash('sha256')
  await using server = await listen(async (request, response) => {
    capture(request, response)
    const form = formidable({ uploadDir: directory, maxFileSize: 2 * TOTAL_BYTES })
    captureFiles(request, form)
    await form.parse(request)
    response.end()
  })
  const mostInMemory = watchMemory()
  const headers = { 'content-type': 'multipart/form-data; boundary=edge' }
  const outgoing = sendRequest(server.url, { method: 'POST', headers })
  const answered = once(outgoing, 'response')
  function* body(): Generator<Buffer> {
    const disposition = 'Content-Disposition: form-data; name="file"; filename="large.bin"'
    yield Buffer.from(`--edge\r\n${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`)
    yield* chunks(sent)
    yield Buffer.from('\r\n--edge--\r\n')
  }
  await pipeline(Readable.from(body()), outgoing)
  const [incoming]: IncomingMessage[] = await answered
  incoming?.resume()
  const digest = sent.digest('hex')
  const { files } = capturedExchange(await tracing.serverAttributes())
  expect(files).toMatchObject([{ sha256: digest, size_bytes: TOTAL_BYTES, filename: 'large.bin' }])
  expect(mostInMemory()).toBeLessThanOrEqual(IN_MEMORY_BYTES)
  await expectStored(digest)
})

/** Sends the end of a request. @returns what is answered, read to its end */
async function endAndRead(outgoing: ClientRequest, end: string): Promise<string> {
  const answered = once(outgoing, 'response')
  outgoing.end(end)
  const [incoming]: IncomingMessage[] = await answered
  return Buffer.concat(await incoming!.toArray()).toString()
}

test('bodies that are kept to be redacted count against the memory of the client, and are dropped where there is none', async () => {
  const bodies = Array.from({ length: 6 }, (_, index) =>
    Buffer.from(JSON.stringify({ password: `secret ${index}`, text: String(index).repeat(MEBIBYTE) })),
  )
  const arrived = Array.from(bodies, () => 0)
  const smallClient = new ArtifactClient({ destination: memoryDestination(), maxQueueBytes: 4 * MEBIBYTE })
  const captureInMemory = createHttpCapture({ client: smallClient })
  await using server = await listen(async (request, response) => {
    captureInMemory(request, response)
    const index = Number(request.url?.slice(1))
    const hash = createHash('sha256')
    for await (const chunk of request) {
      hash.update(chunk)
      arrived[index] = (arrived[index] ?? 0) + chunk.length
    }
    response.end(hash.digest('hex'))
  })
  const mostInMemory = watchMemory(smallClient)
  const requests = bodies.map((body, index) => {
    const outgoing = sendRequest(`${server.url}/${index}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    })
    outgoing.write(body.subarray(0, -1))
    return outgoing
  })
  // All of them are under way at the same time.
  await expect.poll(() => arrived).toEqual(bodies.map(({ length }) => length - 1))
  const answers = await Promise.all(requests.map((outgoing) => endAndRead(outgoing, '}')))
  expect(answers).toEqual(bodies.map((body) => sha256(body)))
  expect(mostInMemory()).toBeLessThanOrEqual(4 * MEBIBYTE)
  await tracing.settled()
  const references = tracing.serverSpans().map(({ attributes }) => capturedExchange(attributes).request)
  const dropped = references.filter((reference) => reference?.dropped === 'queue_full')
  expect(references).toHaveLength(bodies.length)
  expect(dropped.length).toBeGreaterThan(0)
  expect(dropped.length).toBeLessThan(bodies.length)
  for (const reference of dropped) {
    expect(bodies.map(({ length }) => length)).toContain(reference?.size_bytes)
    // It would confirm a guess of the password.
    expect(answers).not.toContain(reference?.sha256)
  }
  await smallClient.forceFlush()
  expect(smallClient.stats()).toMatchObject({ dropped: { queue_full: dropped.length }, failed: {}, queuedBytes: 0 })
  await smallClient.shutdown()
})

test('the memory of an exchange that never ends comes back with the garbage', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const smallClient = new ArtifactClient({ destination: memoryDestination(), maxQueueBytes: 4 * MEBIBYTE })
  const captureInMemory = createHttpCapture({ client: smallClient })
  const startExchange = (): void => {
    const request = new IncomingMessage(new Socket())
    Object.assign(request.headers, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
    const span = trace.getTracer('test').startSpan('POST')
    captureInMemory(request, new ServerResponse(request), span)
    request.push(JSON.stringify('x'.repeat(MEBIBYTE)))
    span.end()
  }
  for (let count = 0; count < 3; count += 1) startExchange()
  expect(smallClient.stats().queuedBytes).toBeGreaterThan(3 * MEBIBYTE)
  // A span knows who waits for its end.
  tracing.reset()
  await expect
    .poll(() => {
      collectGarbage()
      return smallClient.stats().queuedBytes
    })
    .toBe(0)
  await smallClient.shutdown()
})

const formPart = (name: string): string => `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`

test('the fields of forms count against the memory of the client, and a form for which there is none says that it lacks some', async () => {
  const texts = Array.from({ length: 6 }, (_, index) => String(index).repeat(MEBIBYTE))
  let fields = 0
  const smallClient = new ArtifactClient({ destination: memoryDestination(), maxQueueBytes: 4 * MEBIBYTE })
  const captureForms = createHttpCapture({ client: smallClient })
  await using server = await listen((request, response) => {
    captureForms(request, response)
    const parser = busboy({ headers: request.headers, limits: { fieldSize: 2 * MEBIBYTE } })
    const hash = createHash('sha256')
    parser.on('field', (_, value) => {
      fields += 1
      hash.update(value)
    })
    parser.on('close', () => response.end(hash.digest('hex')))
    request.pipe(parser)
  })
  const mostInMemory = watchMemory(smallClient)
  const requests = texts.map((text) => {
    const headers = { 'content-type': 'multipart/form-data; boundary=edge' }
    const outgoing = sendRequest(server.url, { method: 'POST', headers })
    outgoing.write(`${formPart('text')}${text}\r\n${formPart('last')}`)
    return outgoing
  })
  // All of them are under way at the same time.
  await expect.poll(() => fields).toBe(texts.length)
  const answers = await Promise.all(requests.map((outgoing) => endAndRead(outgoing, 'z\r\n--edge--\r\n')))
  expect(answers).toEqual(texts.map((text) => sha256(`${text}z`)))
  expect(mostInMemory()).toBeLessThanOrEqual(4 * MEBIBYTE)
  await tracing.settled()
  const references = tracing.serverSpans().map(({ attributes }) => capturedExchange(attributes).request)
  const whole = references.filter((reference) => (reference?.size_bytes ?? 0) > MEBIBYTE)
  const lacking = references.filter((reference) => reference?.truncated === true)
  expect(whole).toHaveLength(3)
  expect(lacking).toHaveLength(3)
  expect(lacking.map((reference) => reference?.sha256)).toEqual(lacking.map(() => sha256('{}')))
  await smallClient.forceFlush()
  expect(smallClient.stats()).toMatchObject({ dropped: {}, failed: {}, queuedBytes: 0 })
  await smallClient.shutdown()
})

import { Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { listen, sha256 } from '@span-artifacts/http-testing'
import { array, assert, asyncProperty, uint8Array } from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { tapReadableStream } from './stream-tap.js'

const BODY = Buffer.from('{"text":"äöü ✓"}'.repeat(5000))

interface Seen {
  readonly chunks: Buffer[]
  ends: number
  cancels: number
}

function tap(stream: ReadableStream<Uint8Array> | null): Seen {
  const seen: Seen = { chunks: [], ends: 0, cancels: 0 }
  if (stream === null) throw new Error('no body')
  tapReadableStream(stream, {
    write: (bytes) => void seen.chunks.push(Buffer.from(bytes)),
    end: () => void (seen.ends += 1),
    cancel: () => void (seen.cancels += 1),
    drained: () => undefined,
  })
  return seen
}

/** A source that gives the body in pieces, and knows what was asked of it. */
function source(pieces: readonly Uint8Array[] = pieceOf(BODY)): {
  stream: ReadableStream<Uint8Array>
  pulls: () => number
  cancelled: () => unknown
} {
  let position = 0
  let reason: unknown
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[position]
        position += 1
        if (piece === undefined) controller.close()
        else controller.enqueue(piece)
      },
      cancel: (why) => void (reason = why),
    },
    { highWaterMark: 0 },
  )
  return { stream, pulls: () => position, cancelled: () => reason }
}

function pieceOf(bytes: Buffer): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += 10_000) pieces.push(bytes.subarray(start, start + 10_000))
  return pieces
}

const requestOf = (stream: ReadableStream<Uint8Array>, type = 'application/json'): Request =>
  new Request('http://a.example/', { method: 'POST', headers: { 'content-type': type }, body: stream, duplex: 'half' })

async function collect(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks)
    chunks.push(value)
  }
}

/** Every way to read a request that people use. */
const CONSUMERS: Record<string, (request: Request) => Promise<Buffer>> = {
  'text()': async (request) => Buffer.from(await request.text()),
  'arrayBuffer()': async (request) => Buffer.from(await request.arrayBuffer()),
  'bytes()': async (request) => Buffer.from(await request.bytes()),
  'blob()': async (request) => Buffer.from(await (await request.blob()).arrayBuffer()),
  'a reader': (request) => collect(bodyOf(request)),
  'async iteration': async (request) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of bodyOf(request)) chunks.push(chunk)
    return Buffer.concat(chunks)
  },
  'values()': async (request) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of bodyOf(request).values({ preventCancel: true })) chunks.push(chunk)
    return Buffer.concat(chunks)
  },
  'pipeThrough()': (request) => collect(bodyOf(request).pipeThrough(new TransformStream())),
  'pipeTo()': async (request) => {
    const chunks: Uint8Array[] = []
    await bodyOf(request).pipeTo(new WritableStream({ write: (chunk) => void chunks.push(chunk) }))
    return Buffer.concat(chunks)
  },
  'tee()': async (request) => {
    const [one, other] = bodyOf(request).tee()
    const [first, second] = await Promise.all([collect(one), collect(other)])
    expect(first.equals(second)).toBe(true)
    return first
  },
  'a clone and the original': async (request) => {
    const clone = request.clone()
    const [first, second] = await Promise.all([clone.text(), request.text()])
    expect(first).toBe(second)
    return Buffer.from(first)
  },
  'a Request made of it': async (request) => Buffer.from(await new Request(request).text()),
  'a Request for elsewhere': async (request) =>
    Buffer.from(await new Request('http://b.example/', request).arrayBuffer()),
  'a Response made of its body': async (request) => Buffer.from(await new Response(bodyOf(request)).arrayBuffer()),
  'Readable.fromWeb': (request) => buffer(Readable.fromWeb(bodyOf(request))),
  'a pipe to a Node stream': async (request) => {
    const chunks: Uint8Array[] = []
    const sink = new Writable({ write: (chunk, _, done) => (chunks.push(chunk), done()) })
    await bodyOf(request).pipeTo(Writable.toWeb(sink))
    return Buffer.concat(chunks)
  },
  'fetch(request)': async (request) => {
    await using server = await listen(async (received, response) => response.end(await buffer(received)))
    const answer = await fetch(new Request(server.url, request))
    return Buffer.from(await answer.arrayBuffer())
  },
}

function bodyOf({ body }: Request): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (body === null) throw new Error('no body')
  return body
}

describe('a stream that is tapped in place', () => {
  test.each(Object.entries(CONSUMERS))('shows what %s reads, once and whole', async (_, consume) => {
    const request = requestOf(source().stream)
    const seen = tap(request.body)
    expect(sha256(await consume(request))).toBe(sha256(BODY))
    expect(sha256(Buffer.concat(seen.chunks))).toBe(sha256(BODY))
    expect(seen).toMatchObject({ ends: 1, cancels: 0 })
  })

  test('shows what json() reads of a stream of bytes', async () => {
    const request = new Request('http://a.example/', { method: 'POST', body: '{"a":1}' })
    const seen = tap(request.body)
    expect(await request.json()).toEqual({ a: 1 })
    expect(Buffer.concat(seen.chunks).toString()).toBe('{"a":1}')
    expect(request.bodyUsed).toBe(true)
  })

  test('shows what is read into a buffer of the application', async () => {
    const request = new Request('http://a.example/', { method: 'POST', body: BODY })
    const seen = tap(request.body)
    const reader = bodyOf(request).getReader({ mode: 'byob' })
    let received = 0
    for (let buffered = new ArrayBuffer(4096); ;) {
      const { done, value } = await reader.read(new Uint8Array(buffered))
      if (done || value === undefined) break
      received += value.length
      buffered = value.buffer
    }
    expect([received, sha256(Buffer.concat(seen.chunks)), seen.ends]).toEqual([BODY.length, sha256(BODY), 1])
  })

  test.each([
    ['a branch of it', (stream: ReadableStream<Uint8Array>) => stream.tee()[1]],
    ['a clone', (stream: ReadableStream<Uint8Array>) => bodyOf(requestOf(stream).clone())],
  ])('stays a stream of bytes: %s is read into a buffer of the application', async (_, branchOf) => {
    const stream = bodyOf(new Request('http://a.example/', { method: 'POST', body: BODY }))
    const seen = tap(stream)
    const reader = branchOf(stream).getReader({ mode: 'byob' })
    const chunks: Uint8Array[] = []
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(4096))
      if (done) break
      chunks.push(value)
    }
    expect(Buffer.concat(chunks).equals(BODY)).toBe(true)
    expect([sha256(Buffer.concat(seen.chunks)), seen.ends]).toEqual([sha256(BODY), 1])
  })

  test('gives each branch of a stream of bytes chunks of its own, as it would have', async () => {
    const stream = bodyOf(new Request('http://a.example/', { method: 'POST', body: 'hello' }))
    tap(stream)
    const [one, other] = stream.tee()
    const first = await one.getReader().read()
    first.value?.fill(0)
    expect(Buffer.from((await other.getReader().read()).value ?? []).toString()).toBe('hello')
  })

  test('shows exactly the bytes that pass, however they are cut', () =>
    assert(
      asyncProperty(array(uint8Array({ minLength: 1, maxLength: 50 })), async (pieces) => {
        const { stream } = source(pieces)
        const seen = tap(stream)
        const received = await collect(stream.pipeThrough(new TransformStream()))
        expect(Buffer.concat(seen.chunks).equals(received)).toBe(true)
        expect(received.equals(Buffer.concat(pieces))).toBe(true)
      }),
      { numRuns: 50 },
    ))

  test('sees the bytes before the application can change them', async () => {
    const { stream } = source([Uint8Array.of(1, 2, 3)])
    const seen = tap(stream)
    const { value } = await stream.getReader().read()
    value?.fill(0)
    expect(seen.chunks).toEqual([Buffer.of(1, 2, 3)])
  })

  test('is not read by anybody else: what nobody asks for stays in the source', async () => {
    const { stream, pulls } = source()
    const seen = tap(stream)
    const piped = stream.pipeThrough(new TransformStream(), {})
    expect([pulls(), seen.chunks.length]).toEqual([0, 0])
    await piped.getReader().read()
    expect(pulls()).toBeLessThanOrEqual(2)
  })

  test.each([
    ['a reader', (stream: ReadableStream) => stream.getReader().cancel('enough')],
    ['cancel()', (stream: ReadableStream) => stream.cancel('enough')],
    ['a pipe', (stream: ReadableStream) => stream.pipeThrough(new TransformStream()).cancel('enough')],
  ])('hands on that %s does not want the rest', async (_, cancel) => {
    const { stream, cancelled } = source()
    const seen = tap(stream)
    await cancel(stream)
    await vi.waitFor(() => expect(cancelled()).toBe('enough'))
    expect(seen).toMatchObject({ cancels: 1, ends: 0 })
  })

  test('hands on that an iteration stops', async () => {
    const { stream, cancelled } = source()
    const seen = tap(stream)
    for await (const _ of stream) break
    expect([cancelled(), seen.cancels, seen.chunks.length]).toEqual([undefined, 1, 1])
  })

  test.each([
    ['a reader', (stream: ReadableStream) => stream.getReader().read()],
    ['a pipe', (stream: ReadableStream) => collect(stream.pipeThrough(new TransformStream()))],
    ['an iteration', async (stream: ReadableStream) => await stream[Symbol.asyncIterator]().next()],
  ])('fails for %s as it would have failed', async (_, read) => {
    const failure = new Error('the source is broken')
    const stream = new ReadableStream({ pull: () => Promise.reject(failure) }, { highWaterMark: 0 })
    const seen = tap(stream)
    await expect(read(stream)).rejects.toBe(failure)
    expect(seen).toMatchObject({ ends: 0 })
    expect(seen.cancels).toBeGreaterThan(0)
  })

  test('is locked when it would be locked, and refuses a second reader as it would have', async () => {
    const { stream } = source()
    tap(stream)
    expect(stream.locked).toBe(false)
    const reader = stream.getReader()
    expect(stream.locked).toBe(true)
    expect(() => stream.getReader()).toThrow(TypeError)
    expect(() => stream.tee()).toThrow(TypeError)
    await expect(stream.pipeTo(new WritableStream())).rejects.toThrow(TypeError)
    reader.releaseLock()
    expect(stream.locked).toBe(false)
    await stream.pipeTo(new WritableStream())
    expect(stream.locked).toBe(false)
  })

  test('looks as it did', () => {
    const { stream } = source()
    tap(stream)
    expect(Object.keys(stream)).toEqual([])
    expect(stream).toBeInstanceOf(ReadableStream)
  })
})

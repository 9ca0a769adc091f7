import { diag, DiagLogLevel } from '@opentelemetry/api'
import {
  capturedExchange,
  consume,
  createStore,
  listen,
  multipart,
  run,
  send,
  sha256,
  startTracing,
  type Application,
} from '@span-artifacts/http-testing'
import busboy from 'busboy'
import compression from 'compression'
import { connect } from 'node:net'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test } from 'vitest'
import { createHttpCapture, type HttpCaptureOptions } from './index.js'

const tracing = startTracing()
const store = createStore()
const json = { 'content-type': 'application/json' }

afterEach(() => diag.disable())

const serve = (application: Application, options: HttpCaptureOptions = {}): ReturnType<typeof listen> => {
  const capture = createHttpCapture({ client: store.client, ...options })
  return listen((request, response) => {
    capture(request, response)
    return application(request, response)
  })
}

const throwing = (): never => {
  throw new Error('a mistake of the application')
}

const quiet = (): void => {}

/** Takes a form apart, and says so. */
const parse: Application = (request, response) =>
  new Promise((resolve, reject) => {
    const parser = busboy({ headers: request.headers, limits: { fieldNameSize: 100_000 } })
    parser.on('file', (_name, stream) => stream.resume()).on('field', () => {})
    parser.on('close', () => resolve(response.end('parsed'))).on('error', reject)
    request.pipe(parser)
  })

/** Takes a form apart, and answers with what it found, or with what is wrong with it. */
const tellParts: Application = async (request, response) => {
  try {
    await new Promise((resolve, reject) => {
      const seen: unknown[] = []
      const parser = busboy({ headers: request.headers })
      parser.on('file', (name, stream) => {
        seen.push(name)
        stream.on('error', () => {}).resume()
      })
      parser.on('field', (name, value) => seen.push([name, value]))
      parser.on('close', () => resolve(response.end(JSON.stringify(seen)))).on('error', reject)
      request.pipe(parser)
    })
  } catch (error) {
    response.end(String(error))
  }
}

/** Bytes that are no `Uint8Array` here. */
const foreign = (text: string): unknown => runInNewContext(`new Uint8Array([${[...Buffer.from(text)].join()}])`)

describe('an application is answered as ever', () => {
  test('when its logger throws while ours reports a mistake of its own', async () => {
    let failures = 0
    const warn = (): never => {
      failures += 1
      return throwing()
    }
    const logger = { error: quiet, warn, info: quiet, debug: quiet, verbose: quiet }
    diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
    await using server = await serve(async (request, response) => response.end(await consume(request)), {
      redact: throwing,
      shouldCapture: throwing,
    })
    expect((await send(server.url, { headers: json, body: '{"a":1}' })).body.toString()).toBe('{"a":1}')
    await tracing.settled()
    expect(failures).toBeGreaterThan(0)
  })

  // A promise is never `false`, and one that nobody holds ends the process when it is rejected.
  test.each([
    ['ignore', 'answers', async () => false],
    ['ignore', 'fails', async () => throwing()],
    ['shouldCapture', 'answers', async () => false],
    ['shouldCapture', 'fails', async () => throwing()],
    ['redact', 'answers', async () => '{}'],
    ['redact', 'fails', async () => throwing()],
  ])(
    'when its own %s is async and %s: then nothing is kept that it might have refused',
    async (option, how, answer) => {
      const body = JSON.stringify({ [option]: how })
      const options: HttpCaptureOptions = {}
      Reflect.set(options, option, answer)
      await using server = await serve(async (request, response) => response.end(await consume(request)), options)
      expect((await send(server.url, { headers: json, body })).body.toString()).toBe(body)
      const { request } = capturedExchange(await tracing.serverAttributes())
      expect(request?.dropped).toBe(option === 'redact' ? 'redaction_failed' : undefined)
      expect((await store.blobs()).has(sha256(body))).toBe(false)
    },
  )

  test('when it has sealed the methods that the capture would watch, and then nothing is captured', async () => {
    const capture = createHttpCapture({ client: store.client })
    await using server = await listen(async (request, response) => {
      const end: unknown = Reflect.get(response, 'end')
      Object.defineProperty(response, 'end', { value: end, configurable: false, writable: false })
      capture(request, response)
      response.end(await consume(request))
    })
    expect((await send(server.url, { headers: json, body: '{"sealed":1}' })).body.toString()).toBe('{"sealed":1}')
    const { request, response } = capturedExchange(await tracing.serverAttributes())
    expect([request, response]).toEqual([undefined, undefined])
    expect((await store.blobs()).has(sha256('{"sealed":1}'))).toBe(false)
  })

  test('when it patches the same methods after the capture, and when it puts the originals back', async () => {
    await using server = await serve(async (request, response) => {
      const end = response.end.bind(response)
      response.write = response.write.bind(response)
      Object.assign(response, {
        end: (chunk: unknown) => {
          Reflect.deleteProperty(response, 'end')
          return end(chunk)
        },
      })
      await run(compression({ threshold: 0 }), request, response)
      request.resume()
      response.write('one ')
      response.end('two')
    })
    expect((await send(server.url)).body.toString()).toBe('one two')
    expect(capturedExchange(await tracing.serverAttributes()).response?.sha256).toBe(sha256('one two'))
  })

  test('when it peeks at a body and gives the beginning back: nothing counts twice', async () => {
    const body = Buffer.alloc(200_000, 'peek ')
    await using server = await serve(async (request, response) => {
      await new Promise((resolve) => request.once('readable', resolve))
      const first: Buffer | null = request.read()
      if (first !== null) request.unshift(first)
      response.end(sha256(await consume(request)))
    })
    const received = await send(server.url, { headers: { 'content-type': 'application/octet-stream' }, body })
    expect(received.body.toString()).toBe(sha256(body))
    const { request } = capturedExchange(await tracing.serverAttributes())
    expect(request).toMatchObject({ sha256: sha256(body), size_bytes: body.length })
  })

  test('when what is below the capture writes during a write, and then the body is not passed off as whole', async () => {
    const capture = createHttpCapture({ client: store.client })
    await using server = await listen((_request, response) => {
      const write = response.write.bind(response)
      // Calls back at once, as a buffering layer may.
      response.write = (chunk: string, callback?: unknown): boolean => {
        const goesOn = write(chunk)
        if (typeof callback === 'function') callback()
        return goesOn
      }
      capture(_request, response)
      response.write('one ', () => response.write('two '))
      response.end('three')
    })
    const received = await send(server.url)
    expect(received.body.toString()).toBe('one two three')
    const { response } = capturedExchange(await tracing.serverAttributes())
    expect(response).toMatchObject({ truncated: true })
  })

  test('when it sends bytes that were made in another realm', async () => {
    await using server = await serve((_, response) => {
      for (const [name, text] of [
        ['write', 'one '],
        ['end', 'two'],
      ] as const) {
        const method: unknown = Reflect.get(response, name)
        if (typeof method === 'function') Reflect.apply(method, response, [foreign(text)])
      }
    })
    expect((await send(server.url)).body.toString()).toBe('one two')
    expect(capturedExchange(await tracing.serverAttributes()).response?.sha256).toBe(sha256('one two'))
  })

  test('when it destroys the socket, before and after it has answered', async () => {
    for (const destroyFirst of [true, false]) {
      tracing.reset()
      await using server = await serve((request, response) => {
        response.on('error', () => {})
        request.on('error', () => {})
        if (destroyFirst) request.socket.destroy()
        response.end('too late, or not')
        request.socket.destroy()
        response.end('again')
      })
      const received = await send(server.url, { headers: json, body: '{"a":1}' })
      await tracing.serverAttributes()
      expect(destroyFirst && received.status).toBe(destroyFirst && 0)
    }
  })

  test('when its client sends what is no HTTP in the middle of a body', async () => {
    await using server = await serve((request, response) => {
      request.on('error', () => {})
      request.resume().on('end', () => response.end())
    })
    const socket = connect(server.port, '127.0.0.1')
    socket.write(
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n',
    )
    const answer = await consume(socket)
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400/)
    expect(capturedExchange(await tracing.serverAttributes()).request).toMatchObject({
      sha256: sha256('hello'),
      truncated: true,
    })
  })
})

describe('of a form that is meant to be too much', () => {
  test('a hundred files are captured, and no more', async () => {
    await using server = await serve(parse)
    const files = Array.from({ length: 150 }, (_, index) => ({
      name: 'f',
      filename: `${index}.txt`,
      content: `${index}`,
    }))
    expect((await send(server.url, multipart(files))).body.toString()).toBe('parsed')
    const attributes = await tracing.serverAttributes()
    expect(capturedExchange(attributes).files).toHaveLength(100)
  })

  test('ten thousand fields are captured, and the rest is said to be missing', async () => {
    await using server = await serve(parse)
    const fields = Array.from({ length: 12_000 }, (_, index) => ({ name: `n${index}`, content: 'v' }))
    expect((await send(server.url, multipart(fields))).body.toString()).toBe('parsed')
    const { request } = capturedExchange(await tracing.serverAttributes())
    expect(request).toMatchObject({ truncated: true })
    const stored = (await store.blobs()).get(String(request?.sha256))
    expect(Object.keys(JSON.parse(Buffer.from(stored ?? '').toString()))).toHaveLength(10_000)
  })

  test('a field that is a JSON string of JSON loses its secrets', async () => {
    await using server = await serve(parse)
    const value = JSON.stringify(JSON.stringify({ user: 'ada', password: 'hunter2' }))
    await send(server.url, multipart([{ name: 'data', content: value }]))
    const { request } = capturedExchange(await tracing.serverAttributes())
    const stored = Buffer.from((await store.blobs()).get(String(request?.sha256)) ?? '').toString()
    expect(stored).toContain('ada')
    expect(stored).not.toContain('hunter2')
  })

  test('the name of a field stays short enough for a reference', async () => {
    await using server = await serve(parse)
    await send(server.url, multipart([{ name: 'n'.repeat(10_000), filename: 'a.txt', content: 'a' }]))
    const [file] = capturedExchange(await tracing.serverAttributes()).files
    expect(file?.field).toBe('n'.repeat(200))
  })

  test('that nobody takes apart, nothing is kept when it has too many parts to be looked into', async () => {
    await using server = await serve(async (request, response) => response.end(sha256(await consume(request))))
    const fields = Array.from({ length: 12_000 }, (_, index) => ({ name: `n${index}`, content: 'v' }))
    const form = multipart(fields)
    expect((await send(server.url, form)).body.toString()).toBe(sha256(form.body))
    const { request } = capturedExchange(await tracing.serverAttributes())
    expect(request).toMatchObject({ dropped: 'redaction_failed' })
  })

  test.each([
    ['without an end', (body: Buffer) => body.subarray(0, -20)],
    [
      'with garbage in front and behind',
      (body: Buffer) => Buffer.concat([Buffer.alloc(5000, 'x'), body, Buffer.alloc(5000, 'y')]),
    ],
    [
      'with nothing but boundaries',
      (body: Buffer) => Buffer.from(body.toString('latin1').replaceAll(/\r\nContent[^]*?(?=\r\n--)/g, '')),
    ],
    ['of zeros', (body: Buffer) => Buffer.alloc(body.length)],
    ['of nothing', () => Buffer.alloc(0)],
  ])('%s, the application sees what it sees without us', async (_, change) => {
    const form = multipart([
      { name: 'password', content: 'hunter2-correct-horse' },
      { name: 'file', filename: 'a.txt', contentType: 'text/plain', content: 'content' },
    ])
    const sent = { headers: form.headers, body: change(form.body), method: 'POST' }
    await using plain = await listen(tellParts)
    const without = await send(plain.url, sent)
    await tracing.settled()
    tracing.reset()
    // What the application answers is its own affair here.
    await using server = await serve(tellParts, { response: false })
    expect((await send(server.url, sent)).body.toString()).toBe(without.body.toString())
    const attributes = await tracing.serverAttributes()
    expect(JSON.stringify(attributes)).not.toContain('hunter2')
    for (const bytes of (await store.blobs()).values()) {
      expect(Buffer.from(bytes).toString('latin1')).not.toContain('hunter2-correct-horse')
    }
  })
})

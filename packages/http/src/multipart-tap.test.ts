import { Writable } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import {
  capturedExchange,
  consume,
  createStore,
  listen,
  multipart,
  send,
  sha256,
  startTracing,
  type Application,
  type CapturedExchange,
} from '@span-artifacts/http-testing'
import busboy from 'busboy'
import { describe, expect, test } from 'vitest'
import { createHttpCapture } from './index.js'

const tracing = startTracing()
const store = createStore()
const capture = createHttpCapture({ client: store.client })

const form = multipart([
  { name: 'title', content: 'Holiday' },
  { name: 'photo', filename: 'beach.txt', contentType: 'text/plain', content: 'sea and sand' },
  { name: 'tag', content: 'sun' },
])

async function exchange(application: Application, sent = form): Promise<{ answer: string } & CapturedExchange> {
  await using server = await listen((request, response) => {
    capture(request, response)
    return application(request, response)
  })
  const received = await send(server.url, sent)
  return { answer: received.body.toString(), ...capturedExchange(await tracing.serverAttributes()) }
}

/** A parser that is not busboy: it collects the body, and has whatever is done with it at the end. */
function collector(atEnd: (parser: Writable, body: Buffer) => void): Writable {
  const chunks: Buffer[] = []
  const parser: Writable = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk)
      done()
    },
    final: (done) => {
      atEnd(parser, Buffer.concat(chunks))
      done()
    },
  })
  return parser
}

/** A parser that reads all of a form; it is ended when the parser is closed. */
function parse(request: IncomingMessage, limits: busboy.Limits = {}): { parser: busboy.Busboy; closed: Promise<void> } {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const parser = busboy({ headers: request.headers, limits })
  parser.on('file', (_name, stream) => stream.on('error', () => {}).resume()).on('field', () => {})
  parser.on('error', () => {}).on('close', resolve)
  return { parser, closed }
}

async function storedText(digest: unknown): Promise<string> {
  return Buffer.from((await store.blobs()).get(String(digest)) ?? '').toString()
}

describe('a form is captured as it came, when the parser that it is piped into', () => {
  test.each<[string, (parser: Writable) => void]>([
    ['has only names of events in common with busboy', () => {}],
    ['writes files to the disk by itself', (parser) => parser.emit('file', 'photo', { path: '/tmp/x', size: 12 })],
    [
      'says nothing about its fields and hands on files of its own kind',
      (parser) => {
        parser.emit('field', 'title', 'Holiday')
        parser.emit('file', 'photo', { path: '/tmp/x', size: 12 })
      },
    ],
  ])('%s', async (_, emit) => {
    const { answer, request, files } = await exchange((incoming, response) => {
      const parser = collector((self, body) => {
        emit(self)
        response.end(sha256(body))
      })
      incoming.pipe(parser.on('file', () => {}).on('field', () => {}))
    })
    expect(answer).toBe(sha256(form.body))
    expect(request).toMatchObject({ sha256: sha256(form.body), size_bytes: form.body.length })
    expect(request).not.toHaveProperty('truncated')
    expect(files).toEqual([])
  })

  test.each(['was sealed before', 'gets its listeners and is sealed after'])(
    'takes no property: it %s',
    async (when) => {
      const { answer, request } = await exchange((incoming, response) => {
        const parser = collector((_, body) => response.end(sha256(body)))
        if (when === 'was sealed before') Object.preventExtensions(parser.on('file', () => {}))
        incoming.pipe(parser)
        if (when !== 'was sealed before') Object.preventExtensions(parser.on('file', () => {}))
      })
      expect(answer).toBe(sha256(form.body))
      expect(request?.sha256).toBe(sha256(form.body))
    },
  )

  test('gets nothing of it, because it is taken away again', async () => {
    const { answer, request } = await exchange(async (incoming, response) => {
      const { parser } = parse(incoming)
      incoming.pipe(parser)
      incoming.unpipe(parser)
      response.end(sha256(await consume(incoming)))
    })
    expect(answer).toBe(sha256(form.body))
    expect(request?.sha256).toBe(sha256(form.body))
    expect(request).not.toHaveProperty('truncated')
  })
})

test('a form whose files are handed on as streams is captured part by part, whoever does it', async () => {
  const { request, files } = await exchange((incoming, response) => {
    const { parser, closed } = parse(incoming)
    incoming.pipe(parser)
    void closed.then(() => response.end())
  })
  expect(files).toMatchObject([{ filename: 'beach.txt', sha256: sha256('sea and sand') }])
  expect(await storedText(request?.sha256)).toBe('{"title":"Holiday","tag":"sun"}')
  expect(request).not.toHaveProperty('truncated')
})

test('a form that two parsers take apart is captured once', async () => {
  const { request, files } = await exchange(async (incoming, response) => {
    const parsers = [parse(incoming), parse(incoming)]
    for (const { parser } of parsers) incoming.pipe(parser)
    await Promise.all(parsers.map(({ closed }) => closed))
    response.end()
  })
  expect(files).toHaveLength(1)
  expect(await storedText(request?.sha256)).toBe('{"title":"Holiday","tag":"sun"}')
})

test('a form whose fields one parser takes and whose files another one takes is captured as a whole', async () => {
  const { request, files } = await exchange(async (incoming, response) => {
    const ofFields = busboy({ headers: incoming.headers }).on('field', () => {})
    const { parser, closed } = parse(incoming)
    incoming.pipe(ofFields)
    incoming.pipe(parser)
    await closed
    response.end()
  })
  expect(files).toMatchObject([{ filename: 'beach.txt', sha256: sha256('sea and sand') }])
  expect(await storedText(request?.sha256)).toBe('{"title":"Holiday","tag":"sun"}')
})

test('JSON that a parser cuts off loses the value whose name it left out', async () => {
  const settings = '{"value":"hunter2","name":"password"}'
  const { request } = await exchange(
    async (incoming, response) => {
      const { parser, closed } = parse(incoming, { fieldSize: settings.indexOf('me"') })
      incoming.pipe(parser)
      await closed
      response.end()
    },
    multipart([{ name: 'settings', content: settings }]),
  )
  expect(await storedText(request?.sha256)).toBe(JSON.stringify({ settings: '{"value":"[redacted]","na' }))
})

describe('a form is marked when its parser', () => {
  test.each<[string, busboy.Limits, string]>([
    ['cuts the value of a field', { fieldSize: 3 }, '{"title":"Hol","tag":"sun"}'],
    ['has a limit of fields', { fields: 1 }, '{"title":"Holiday"}'],
    ['has a limit of files', { files: 0 }, '{"title":"Holiday","tag":"sun"}'],
    ['has a limit of parts', { parts: 1 }, '{"title":"Holiday"}'],
  ])('%s', async (_, limits, recorded) => {
    const { request } = await exchange(async (incoming, response) => {
      const { parser, closed } = parse(incoming, limits)
      incoming.pipe(parser)
      await closed
      response.end()
    })
    expect(await storedText(request?.sha256)).toBe(recorded)
    expect(request).toMatchObject({ truncated: true })
  })

  test('cannot read it to its end', async () => {
    await using server = await listen(async (request, response) => {
      capture(request, response)
      const { parser, closed } = parse(request)
      request.pipe(parser)
      await closed
      response.end()
    })
    await send(server.url, { ...form, body: form.body.subarray(0, -20) })
    const { request } = capturedExchange(await tracing.serverAttributes())
    expect(await storedText(request?.sha256)).toContain('Holiday')
    expect(request).toMatchObject({ truncated: true })
  })

  test('is taken away in the middle of it', async () => {
    const { request } = await exchange(async (incoming, response) => {
      const { parser } = parse(incoming)
      parser.once('field', () => incoming.unpipe(parser))
      incoming.pipe(parser)
      await new Promise((resolve) => parser.once('unpipe', resolve))
      await consume(incoming)
      response.end()
    })
    expect(request).toMatchObject({ truncated: true })
  })
})

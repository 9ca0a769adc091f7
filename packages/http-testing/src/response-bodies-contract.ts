import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable, pipeline } from 'node:stream'
import { createGzip, gunzipSync } from 'node:zlib'
import compression from 'compression'
import serveStatic from 'serve-static'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { capturedExchange, type ContractSetting } from './adapter.js'
import { pseudoRandomBytes, sha256 } from './payloads.js'
import { run } from './application.js'
import { send, type SentRequest } from './send.js'

const bytes = pseudoRandomBytes(100_000)
const text = 'a line of text that can be compressed\n'.repeat(200)

interface ResponseProducer {
  /** Completes the sentence "captures a response that …". */
  readonly sentence: string
  readonly respond: (response: ServerResponse, request: IncomingMessage) => unknown
  readonly sent?: SentRequest
}

/** Response bodies: what is captured is what goes over the wire. */
export function describeResponseBodies({ adapter, tracing, store }: ContractSetting): void {
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'span-artifacts-http-'))
    await writeFile(join(directory, 'file.bin'), bytes)
    await writeFile(join(directory, 'page.txt'), text)
  })
  afterAll(() => rm(directory, { recursive: true }))

  const producers: readonly ResponseProducer[] = [
    { sentence: 'is one string', respond: (response) => response.end('héllo') },
    { sentence: 'is one buffer', respond: (response) => response.end(bytes) },
    {
      sentence: 'is written in pieces of every kind and encoding',
      respond: (response) => {
        response.write('é', 'latin1')
        response.write('ff00', 'hex')
        response.write(new Uint8Array([1, 2, 3]))
        response.write(Buffer.from('buffer'))
        response.end('4142', 'hex')
      },
    },
    {
      sentence: 'is corked and uncorked',
      respond: (response) => {
        response.cork()
        response.write('one')
        response.write('two')
        process.nextTick(() => {
          response.uncork()
          response.end()
        })
      },
    },
    {
      sentence: 'is piped from a file',
      respond: (response) => createReadStream(join(directory, 'file.bin')).pipe(response),
    },
    {
      sentence: 'comes from an async generator through pipeline()',
      respond: (response) => {
        pipeline(generate, response, () => {})
      },
    },
    {
      sentence: 'is written as a web stream',
      respond: (response) => new Response('from the web').body?.pipeTo(Writable.toWeb(response)),
    },
    {
      sentence: 'is a file that serve-static sends',
      respond: (response, request) => run(serveStatic(directory), request, response),
      sent: {},
    },
    {
      sentence: 'is a range of a file that serve-static sends',
      respond: (response, request) => run(serveStatic(directory), request, response),
      sent: { headers: { range: 'bytes=10-19' } },
    },
    {
      sentence: 'has an error status',
      respond: (response) => response.writeHead(500, { 'content-type': 'text/plain' }).end('broken'),
    },
    {
      sentence: 'is ended twice and written after its end',
      respond: (response) => {
        response.on('error', () => {})
        response.end('once')
        response.end()
        response.write('too late')
      },
    },
    {
      sentence: 'is ended at the second attempt, after a chunk that Node refuses',
      respond: (response) => {
        try {
          response.end({ not: 'bytes' })
        } catch {
          response.end('second attempt')
        }
      },
    },
    {
      sentence: 'declares its length',
      respond: (response) => response.writeHead(200, { 'content-length': 2 }).end('ok'),
    },
    {
      sentence: 'has a body that trailers follow',
      respond: (response) => {
        response.writeHead(200, { trailer: 'x-checksum' })
        response.write('body')
        response.addTrailers({ 'x-checksum': '1' })
        response.end()
      },
    },
  ]

  describe(`${adapter.name} captures a response that`, () => {
    test.each([...producers])('$sentence', async ({ respond, sent = {} }) => {
      await using server = await adapter.serve((request, response) => respond(response, request), {
        client: store.client,
      })
      const received = await send(`${server.url}/file.bin`, sent)
      expect(received.body.length).toBeGreaterThan(0)
      const { response } = capturedExchange(await tracing.serverAttributes())
      expect(response).toMatchObject({ sha256: sha256(received.body), size_bytes: received.body.length })
      expect(response).not.toHaveProperty('truncated')
      const stored = (await store.blobs()).get(sha256(received.body))
      expect(stored && Buffer.compare(stored, received.body)).toBe(0)
    })

    test('uses a buffer that the application fills again after the write', async () => {
      await using server = await adapter.serve(
        (_, response) => {
          const buffer = Buffer.from('first')
          response.write(buffer, () => {
            buffer.write('other')
            response.end(buffer)
          })
        },
        { client: store.client },
      )
      const received = await send(server.url)
      expect(received.body.toString()).toBe('firstother')
      expect(capturedExchange(await tracing.serverAttributes()).response?.sha256).toBe(sha256('firstother'))
      expect(Buffer.from((await store.blobs()).get(sha256('firstother')) ?? '').toString()).toBe('firstother')
    })

    test.each<[string, string, string | undefined, string]>([
      ['one name', 'attachment; filename="receipt.pdf"', 'receipt.pdf', 'application/pdf'],
      [
        'two names',
        `inline; filename="r_sum_.pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf`,
        'résumé.pdf',
        'application/pdf',
      ],
      ['a path for a name', 'attachment; filename="..\\..\\etc/passwd"', 'passwd', 'application/octet-stream'],
      ['a name that is no name', 'attachment; filename="/"', undefined, 'application/octet-stream'],
      ['no name', 'attachment', undefined, 'application/octet-stream'],
    ])('is called by %s', async (_, disposition, filename, contentType) => {
      for (const respond of [
        (response: ServerResponse) => response.setHeader('content-disposition', disposition).end(bytes),
        (response: ServerResponse) => response.writeHead(200, { 'Content-Disposition': disposition }).end(bytes),
      ]) {
        tracing.reset()
        await using server = await adapter.serve((_request, response) => respond(response), { client: store.client })
        await send(server.url)
        const { response } = capturedExchange(await tracing.serverAttributes())
        expect(response).toMatchObject({ sha256: sha256(bytes), content_type: contentType })
        expect(response?.filename).toBe(filename)
      }
    })

    test('is compressed by the application, inside of the capture', async () => {
      await using server = await adapter.serve(
        async (request, response) => {
          await run(compression({ threshold: 0 }), request, response)
          response.setHeader('content-type', 'text/plain')
          response.end(text)
        },
        { client: store.client, previewBytes: 20 },
      )
      const received = await send(server.url, { headers: { 'accept-encoding': 'gzip' } })
      expect(gunzipSync(received.body).toString()).toBe(text)
      const attributes = await tracing.serverAttributes()
      expect(capturedExchange(attributes).response).toMatchObject({
        sha256: sha256(received.body),
        content_encoding: 'gzip',
      })
      expect(attributes['http.response.body.content']).toBe(text.slice(0, 20))
    })

    test('is compressed by hand while it streams', async () => {
      await using server = await adapter.serve(
        (_, response) => {
          response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-encoding': 'gzip' })
          pipeline(Readable.from([text, text]), createGzip(), response, () => {})
        },
        { client: store.client },
      )
      const received = await send(server.url)
      const { response } = capturedExchange(await tracing.serverAttributes())
      expect(response).toMatchObject({ sha256: sha256(received.body), content_encoding: 'gzip' })
    })

    test('is larger than the cap: digest and size, but nothing stored', async () => {
      await using server = await adapter.serve((_, response) => response.end(bytes), {
        client: store.client,
        maxBodyBytes: bytes.length - 1,
      })
      const received = await send(server.url)
      expect(received.body.equals(bytes)).toBe(true)
      const { response } = capturedExchange(await tracing.serverAttributes())
      expect(response).toMatchObject({ sha256: sha256(bytes), size_bytes: bytes.length, dropped: 'too_large' })
    })

    test('the application destroys in the middle', async () => {
      await using server = await adapter.serve(
        (_, response) => {
          response.on('error', () => {})
          response.write('the beginning', () => response.destroy(new Error('boom')))
        },
        { client: store.client },
      )
      expect(await send(server.url)).toMatchObject({ cut: true })
      const { response } = capturedExchange(await tracing.serverAttributes())
      expect(response).toMatchObject({ sha256: sha256('the beginning'), truncated: true })
    })

    test('the client no longer waits for', async () => {
      await using server = await adapter.serve((_, response) => response.write('the beginning'), {
        client: store.client,
      })
      const outgoing = sendRequest(server.url, (incoming) => {
        incoming.on('error', () => {})
        incoming.once('data', () => outgoing.destroy())
      })
      outgoing.on('error', () => {}).end()
      const { response } = capturedExchange(await tracing.serverAttributes())
      expect(response).toMatchObject({ sha256: sha256('the beginning'), truncated: true })
    })
  })

  describe(`${adapter.name} captures no body of`, () => {
    test.each<[string, SentRequest, (response: ServerResponse) => unknown]>([
      ['a HEAD request', { method: 'HEAD' }, (response) => response.end('not sent')],
      ['a HEAD request that is written to', { method: 'HEAD' }, (response) => (response.write('a'), response.end('b'))],
      ['a 204 response', {}, (response) => response.writeHead(204).end('not sent')],
      ['a 304 response', {}, (response) => response.writeHead(304).end('not sent')],
      ['an empty response', {}, (response) => response.end()],
      ['a response with an empty chunk', {}, (response) => response.end('')],
      [
        'server-sent events',
        {},
        (response) => response.setHeader('content-type', 'text/event-stream').end('data: 1\n\n'),
      ],
      [
        'a type that is not on the list',
        {},
        (response) => response.setHeader('content-type', 'application/zip').end('PK'),
      ],
    ])('%s', async (_, sent, respond) => {
      await using server = await adapter.serve((_, response) => respond(response), { client: store.client })
      await send(server.url, sent)
      const attributes = await tracing.serverAttributes()
      expect(Object.keys(attributes).filter((key) => key.includes('response.body'))).toEqual([])
    })

    test('anything when response bodies are turned off', async () => {
      await using server = await adapter.serve((_, response) => response.end('quiet'), {
        client: store.client,
        response: false,
      })
      await send(server.url)
      expect(capturedExchange(await tracing.serverAttributes()).response).toBeUndefined()
    })
  })

  describe(`${adapter.name} captures server-sent events`, () => {
    test('when they are asked for', async () => {
      await using server = await adapter.serve(
        (_, response) => {
          response.setHeader('content-type', 'text/event-stream')
          response.flushHeaders()
          response.write('data: 1\n\n', () => response.end('data: 2\n\n'))
        },
        { client: store.client, contentTypes: ['text/event-stream'] },
      )
      await send(server.url)
      const { response } = capturedExchange(await tracing.serverAttributes())
      expect(response).toMatchObject({ sha256: sha256('data: 1\n\ndata: 2\n\n'), content_type: 'text/event-stream' })
    })
  })

  describe(`${adapter.name} keeps what Node promises of`, () => {
    test('the return values and callbacks of write and end', async () => {
      const calls: unknown[] = []
      await using server = await adapter.serve(
        (_, response) => {
          calls.push(response.write('a', () => calls.push('first written')))
          calls.push(response.write('b', 'utf8', () => calls.push('second written')))
          calls.push(response.write(Buffer.alloc(1024 * 1024)))
          calls.push(endWithoutChunk(response, () => calls.push('ended')) === response)
        },
        { client: store.client },
      )
      await send(server.url)
      await tracing.serverAttributes()
      expect(calls).toEqual([true, true, false, true, 'first written', 'second written', 'ended'])
    })

    test('the listeners of a request: none is added, so that it flows, waits and fails as ever', async () => {
      const listeners: unknown[] = []
      const application = (request: IncomingMessage, response: ServerResponse): void => {
        listeners.push(request.eventNames().map((name) => [name, request.listenerCount(name)]))
        listeners.push([request.readableFlowing, request.isPaused()])
        request.resume().on('end', () => response.end())
      }
      for (const options of [{ client: store.client }, undefined]) {
        await using server = await adapter.serve(application, options)
        await send(server.url, { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: 'x' })
      }
      expect(listeners.slice(0, 2)).toEqual(listeners.slice(2))
    })

    test('the shape of its objects: nothing new to enumerate', async () => {
      const keys: string[][] = []
      const application = (request: IncomingMessage, response: ServerResponse): void => {
        keys.push([...Object.keys(request), ...Object.keys(response)])
        response.end()
      }
      for (const options of [{ client: store.client }, undefined]) {
        await using server = await adapter.serve(application, options)
        await send(server.url, { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: 'x' })
      }
      expect(keys[0]).toEqual(keys[1])
    })
  })
}

async function* generate(): AsyncGenerator<string | Buffer> {
  yield 'first'
  yield Buffer.from('second')
}

/** `end(undefined, undefined, callback)`: Node allows it, its type does not. */
function endWithoutChunk(response: ServerResponse, callback: () => void): unknown {
  const end: unknown = Reflect.get(response, 'end')
  return typeof end === 'function' ? Reflect.apply(end, response, [undefined, undefined, callback]) : undefined
}

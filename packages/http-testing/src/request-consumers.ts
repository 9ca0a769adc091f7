import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import bodyParser from 'body-parser'
import { formidable } from 'formidable'
import httpProxy from 'http-proxy'
import { consume, errorMember, run, type Application } from './application.js'
import { listen } from './listen.js'
import { UNTRACED_PATH } from './tracing.js'
import { multipart, pseudoRandomBytes, sha256 } from './payloads.js'

/** One way in which an application reads a request body. */
export interface RequestConsumer {
  /** Completes the sentence "captures the body of a request that …". */
  readonly sentence: string
  readonly headers: Record<string, string>
  readonly body: Buffer
  /** Reads the body in its way, and returns the digest, or another word, of what it saw. */
  readonly read: (request: IncomingMessage, response: ServerResponse) => Promise<string>
  /** What `read` returns when the application is served as if nobody watched. */
  readonly sees: string
  /** How much of the body reaches the server at all. Default `everything`. */
  readonly reaches?: 'everything' | 'the beginning'
}

const payload = pseudoRandomBytes(300 * 1024)
const json = Buffer.from(JSON.stringify({ text: 'é'.repeat(20_000) }))
const file = pseudoRandomBytes(200 * 1024, 2)
const form = multipart([
  { name: 'document', filename: 'a.bin', contentType: 'application/octet-stream', content: file },
])
const binary = { headers: { 'content-type': 'application/octet-stream' }, body: payload }

/** Every way to read a request that we know of an application using. */
export const requestConsumers: readonly RequestConsumer[] = [
  {
    sentence: 'is parsed as JSON by body-parser',
    headers: { 'content-type': 'application/json' },
    body: json,
    read: (request, response) => parsed(bodyParser.json(), request, response),
    sees: sha256(json),
  },
  {
    sentence: 'is gzipped JSON that body-parser inflates',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync(json),
    read: (request, response) => parsed(bodyParser.json(), request, response),
    sees: sha256(json),
  },
  {
    sentence: 'is parsed as a form by body-parser',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from('a=1&b=two'),
    read: (request, response) => parsed(bodyParser.urlencoded({ extended: false }), request, response),
    sees: sha256('{"a":"1","b":"two"}'),
  },
  {
    sentence: 'is read as text by body-parser',
    headers: { 'content-type': 'text/plain' },
    body: Buffer.from('plain text'),
    read: (request, response) => parsed(bodyParser.text(), request, response),
    sees: sha256('"plain text"'),
  },
  {
    sentence: 'is read as bytes by body-parser',
    ...binary,
    read: async (request, response) => {
      await run(bodyParser.raw({ limit: '1mb' }), request, response)
      return request.body instanceof Buffer ? sha256(request.body) : 'no bytes'
    },
    sees: sha256(payload),
  },
  {
    sentence: 'is refused by body-parser with 413 because it is too large',
    ...binary,
    read: async (request, response) => {
      const error = await run(bodyParser.raw({ limit: '10kb' }), request, response).catch((thrown: unknown) => thrown)
      return errorMember(error, 'status')
    },
    sees: '413',
  },
  {
    sentence: 'is iterated with for await',
    ...binary,
    read: async (request) => sha256(await consume(request)),
    sees: sha256(payload),
  },
  {
    sentence: 'is read with readable events and read()',
    ...binary,
    read: (request) =>
      new Promise((resolve) => {
        const chunks: Buffer[] = []
        request.on('readable', () => {
          for (let chunk = request.read(); chunk !== null; chunk = request.read()) chunks.push(chunk)
        })
        request.on('end', () => resolve(sha256(Buffer.concat(chunks))))
      }),
    sees: sha256(payload),
  },
  {
    sentence: 'is read with a data listener',
    ...binary,
    read: (request) =>
      new Promise((resolve) => {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => chunks.push(chunk))
        request.on('end', () => resolve(sha256(Buffer.concat(chunks))))
      }),
    sees: sha256(payload),
  },
  {
    sentence: 'is read with addListener, next to a second data listener',
    ...binary,
    read: (request) =>
      new Promise((resolve) => {
        const chunks: Buffer[] = []
        request.on('data', () => {})
        request.addListener('data', (chunk: Buffer) => chunks.push(chunk))
        request.on('end', () => resolve(sha256(Buffer.concat(chunks))))
      }),
    sees: sha256(payload),
  },
  {
    sentence: 'is peeked at once and then piped',
    ...binary,
    read: async (request) => {
      request.once('data', () => {})
      return sha256(await consume(request.pipe(new PassThrough())))
    },
    sees: sha256(payload),
  },
  {
    sentence: 'is piped into another stream',
    ...binary,
    read: async (request) => sha256(await consume(request.pipe(new PassThrough()))),
    sees: sha256(payload),
  },
  {
    sentence: 'goes through pipeline() into a slow consumer',
    ...binary,
    read: async (request) => {
      const chunks: Buffer[] = []
      const slow = new Writable({
        write(chunk: Buffer, _encoding, done) {
          chunks.push(chunk)
          setImmediate(done)
        },
      })
      await pipeline(request, slow)
      return sha256(Buffer.concat(chunks))
    },
    sees: sha256(payload),
  },
  {
    sentence: 'is turned into a web stream',
    ...binary,
    read: async (request) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of Readable.toWeb(request)) if (chunk instanceof Uint8Array) chunks.push(chunk)
      return sha256(Buffer.concat(chunks))
    },
    sees: sha256(payload),
  },
  {
    sentence: 'is handed to fetch as its body',
    ...binary,
    read: (request) =>
      withUpstream(async (url) => {
        // Node's fetch takes any async iterable, which its type does not say.
        const init: RequestInit & { duplex: 'half' } = { method: 'POST', duplex: 'half' }
        Reflect.set(init, 'body', request)
        return (await fetch(url, init)).text()
      }),
    sees: sha256(payload),
  },
  {
    sentence: 'is read as hexadecimal text',
    ...binary,
    read: async (request) => {
      request.setEncoding('hex')
      let text = ''
      for await (const chunk of request) text += chunk
      return sha256(Buffer.from(text, 'hex'))
    },
    sees: sha256(payload),
  },
  {
    sentence: 'is read as UTF-8 text',
    headers: { 'content-type': 'application/json' },
    body: json,
    read: async (request) => {
      request.setEncoding('utf8')
      let text = ''
      for await (const chunk of request) text += chunk
      return sha256(text)
    },
    sees: sha256(json),
  },
  {
    sentence: 'is read long after it arrived',
    ...binary,
    read: async (request) => {
      await delay(100)
      return sha256(await consume(request))
    },
    sees: sha256(payload),
  },
  {
    sentence: 'is paused and resumed between its chunks',
    ...binary,
    read: (request) =>
      new Promise((resolve) => {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          request.pause()
          setImmediate(() => request.resume())
        })
        request.on('end', () => resolve(sha256(Buffer.concat(chunks))))
      }),
    sees: sha256(payload),
  },
  {
    sentence: 'is unpiped in the middle and never read on',
    ...binary,
    read: (request) =>
      new Promise((resolve) => {
        const first = new Writable({
          write(chunk: Buffer, _encoding, done) {
            request.unpipe(first)
            resolve(chunk.length < payload.length ? 'a part' : 'everything')
            done()
          },
        })
        request.pipe(first)
      }),
    sees: 'a part',
    reaches: 'the beginning',
  },
  {
    sentence: 'is proxied by http-proxy',
    ...binary,
    read: (request, response) =>
      withUpstream(async (url) => {
        const proxy = httpProxy.createProxyServer({})
        const finished = new Promise((resolve) => response.once('finish', resolve))
        proxy.web(request, response, { target: url })
        await finished
        return 'the proxy answered'
      }),
    sees: sha256(payload),
  },
  {
    sentence: 'is taken apart by a formidable nobody told us about',
    ...form,
    read: async (request) => {
      const [, files] = await formidable({ hashAlgorithm: 'sha256' }).parse(request)
      return String(files['document']?.[0]?.hash)
    },
    sees: sha256(file),
  },
  {
    sentence: 'is a form that the application reads by itself',
    ...form,
    read: async (request) => sha256(await consume(request)),
    sees: sha256(form.body),
  },
  {
    sentence: 'is not read at all',
    ...binary,
    read: async () => 'nothing',
    sees: 'nothing',
    reaches: 'the beginning',
  },
]

/** An application that reads with one consumer and answers with what it saw. */
export function consumerApplication({ read }: RequestConsumer): Application {
  return async (request, response) => {
    const seen = await read(request, response)
    if (!response.headersSent) response.setHeader('content-type', 'text/plain').end(seen)
  }
}

async function parsed(middleware: unknown, request: IncomingMessage, response: ServerResponse): Promise<string> {
  await run(middleware, request, response)
  return sha256(JSON.stringify(request.body))
}

/** Runs something against a server that answers every request with the digest of its body. */
async function withUpstream(use: (url: string) => Promise<string>): Promise<string> {
  const upstream = await listen(async (request, response) => response.end(sha256(await consume(request))))
  try {
    return await use(`${upstream.url}${UNTRACED_PATH}`)
  } finally {
    await upstream.close()
  }
}

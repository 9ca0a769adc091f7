import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import bodyParser from 'body-parser'
import compression from 'compression'
import { formidable } from 'formidable'
import httpProxy from 'http-proxy'
import multer from 'multer'
import serveStatic from 'serve-static'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ContractSetting } from './adapter.js'
import { listen, type ListeningServer } from './listen.js'
import { multipart, pseudoRandomBytes, sha256 } from './payloads.js'
import { consume, errorMember, multerFiles, run, type Application } from './application.js'
import { send, type ReceivedResponse, type SentRequest } from './send.js'
import { UNTRACED_PATH } from './tracing.js'

const json = { 'content-type': 'application/json' }
const form = multipart([
  { name: 'title', content: 'a title' },
  { name: 'file', filename: 'é.bin', contentType: 'image/png', content: pseudoRandomBytes(150_000, 6) },
])

const traffic: readonly [sentence: string, path: string, sent: SentRequest][] = [
  ['JSON', '/json', { headers: json, body: '{"a":[1,2,3]}' }],
  ['gzipped JSON', '/json', { headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync('{"zipped":true}') }],
  ['broken JSON', '/json', { headers: json, body: '{"a":' }],
  ['JSON over the limit', '/json', { headers: json, body: JSON.stringify('x'.repeat(200_000)) }],
  ['JSON with a false length', '/json', { headers: { ...json, 'content-length': 2 }, body: '{}' }],
  ['a form', '/form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1&b=%C3%A9' }],
  ['files to multer', '/multer', form],
  ['files to multer in small pieces', '/multer', { ...form, chunkBytes: 9_000 }],
  ['files over multer’s limit', '/multer-limit', form],
  ['files to formidable', '/formidable', form],
  ['a static file', '/static/file.txt', {}],
  ['a range of a static file', '/static/file.txt', { headers: { range: 'bytes=5-50' } }],
  ['an impossible range', '/static/file.txt', { headers: { range: 'bytes=999999-' } }],
  ['a static file that has not changed', '/static/file.txt', { headers: { 'if-none-match': '*' } }],
  ['the head of a static file', '/static/file.txt', { method: 'HEAD' }],
  ['a compressed response', '/compressed', { headers: { 'accept-encoding': 'gzip' } }],
  ['a compressed response to HEAD', '/compressed', { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } }],
  ['a proxied upload', '/proxy', { method: 'POST', body: pseudoRandomBytes(300_000, 7), chunkBytes: 60_000 }],
  ['a proxied download', '/proxy', {}],
  ['a streamed response', '/stream', {}],
  ['an unread upload', '/unread', { headers: json, body: '{}' }],
  ['an unknown path', '/nowhere', {}],
]

/** With the capture and without it, the client sees the same: status, headers, bytes. */
export function describeTransparency({ adapter, store, tracing }: ContractSetting): void {
  describe(`with and without ${adapter.name} the client gets the same for`, () => {
    let directory = ''
    let upstream: ListeningServer
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'span-artifacts-http-'))
      await writeFile(join(directory, 'file.txt'), 'a static file\n'.repeat(1000))
      upstream = await listen(async (request, response) => {
        const body = await consume(request)
        response.setHeader('x-upstream', 'yes').end(`${request.method} ${sha256(body)}`)
      })
    })
    afterAll(async () => {
      await upstream.close()
      await rm(directory, { recursive: true })
    })

    test.each([...traffic])('%s', async (_, path, sent) => {
      const application = realApplication(directory, upstream.url)
      const received: ReceivedResponse[] = []
      for (const options of [undefined, { client: store.client, previewBytes: 100 }]) {
        await using server = await adapter.serve(application, options)
        received.push(await send(server.url + path, sent))
      }
      const [without, withCapture] = received.map(comparable)
      expect(withCapture).toEqual(without)
      expect(received[0]?.status).toBeGreaterThan(0)
      await tracing.settled()
    })
  })
}

function comparable({ status, rawHeaders, body, cut }: ReceivedResponse): unknown {
  const date = rawHeaders.findIndex((name) => name.toLowerCase() === 'date')
  return { status, body: body.toString('latin1'), cut, headers: rawHeaders.filter((_, index) => index !== date + 1) }
}

/** An application built of the usual parts, on bare `node:http` objects. */
function realApplication(directory: string, upstreamUrl: string): Application {
  const proxy = httpProxy.createProxyServer({ target: `${upstreamUrl}${UNTRACED_PATH}` })
  const statics = serveStatic(directory)
  const routes: Record<string, Application> = {
    '/json': async (request, response) => {
      await run(bodyParser.json(), request, response)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(request.body))
    },
    '/form': async (request, response) => {
      await run(bodyParser.urlencoded({ extended: true }), request, response)
      response.end(JSON.stringify(request.body))
    },
    '/multer': async (request, response) => {
      await run(multer({ storage: multer.memoryStorage() }).any(), request, response)
      const files = multerFiles(request)
      response.end(JSON.stringify([request.body, files.map((file) => [file.originalname, sha256(file.buffer)])]))
    },
    '/multer-limit': (request, response) =>
      run(multer({ storage: multer.memoryStorage(), limits: { fileSize: 10 } }).any(), request, response),
    '/formidable': async (request, response) => {
      const [fields, files] = await formidable({ hashAlgorithm: 'sha256' }).parse(request)
      response.end(
        JSON.stringify([fields, files['file']?.map(({ originalFilename, hash }) => [originalFilename, hash])]),
      )
    },
    '/compressed': async (request, response) => {
      await run(compression({ threshold: 0 }), request, response)
      response.setHeader('content-type', 'text/plain')
      response.write('compressed '.repeat(500))
      response.end('at the end')
    },
    '/proxy': (request, response) => proxy.web(request, response),
    '/stream': (_, response) => {
      response.write('one')
      setImmediate(() => response.end('two'))
    },
    '/unread': (_, response) => response.setHeader('connection', 'close').end('not interested'),
  }
  const answer: Application = (request, response) => {
    const path = request.url ?? '/'
    if (!path.startsWith('/static')) return (routes[path] ?? notFound)(request, response)
    request.url = path.slice('/static'.length)
    return run(statics, request, response)
  }
  return async (request, response) => {
    try {
      await answer(request, response)
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain' })
      response.end(`${errorMember(error, 'status')} ${errorMember(error, 'code')}`)
    }
  }
}

const notFound: Application = (_, response) => response.writeHead(404).end()

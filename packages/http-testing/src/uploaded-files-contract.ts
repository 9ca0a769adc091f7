import { readFile, unlink } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { pipeline } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import busboy from 'busboy'
import fileUpload from 'express-fileupload'
import multer from 'multer'
import { describe, expect, test } from 'vitest'
import { capturedExchange, type ContractSetting } from './adapter.js'
import { multipart, pseudoRandomBytes, sha256 } from './payloads.js'
import { errorMember, multerFiles, run } from './application.js'
import { send } from './send.js'

const photo = pseudoRandomBytes(200_000, 3)
const report = pseudoRandomBytes(70_000, 4)
const form = multipart([
  { name: 'title', content: 'Holiday' },
  { name: 'photo', filename: 'beach.png', contentType: 'image/png', content: photo },
  { name: 'tag', content: 'sea' },
  { name: 'report', filename: 'résumé 日本.pdf', contentType: 'application/pdf', content: report },
  { name: 'tag', content: 'sun' },
  { name: 'nothing', filename: '', contentType: 'application/octet-stream', content: '' },
])
const fields = '{"title":"Holiday","tag":["sea","sun"]}'

interface FormReader {
  /** Completes the sentence "captures the files and fields of a form that … reads". */
  readonly sentence: string
  readonly read: (request: IncomingMessage, response: ServerResponse) => Promise<unknown>
}

const disk = (): multer.StorageEngine => multer.diskStorage({ destination: tmpdir() })

const acceptLater: NonNullable<multer.Options['fileFilter']> = (_request, _file, done) => {
  setTimeout(done, 20, null, true)
}

const readers: readonly FormReader[] = [
  {
    sentence: 'multer keeps in memory',
    read: (request, response) => run(multer({ storage: multer.memoryStorage() }).any(), request, response),
  },
  {
    sentence: 'multer writes to disk',
    read: async (request, response) => {
      await run(multer({ storage: disk() }).any(), request, response)
      await unlinkAll(request)
    },
  },
  {
    sentence: 'multer filters asynchronously',
    read: (request, response) =>
      run(multer({ storage: multer.memoryStorage(), fileFilter: acceptLater }).any(), request, response),
  },
  {
    sentence: 'multer decodes the names of as UTF-8',
    read: (request, response) =>
      run(multer({ storage: multer.memoryStorage(), defParamCharset: 'utf8' }).any(), request, response),
  },
  {
    sentence: 'express-fileupload keeps in memory',
    read: (request, response) => run(fileUpload(), request, response),
  },
  {
    sentence: 'express-fileupload writes to disk',
    read: (request, response) => run(fileUpload({ useTempFiles: true, tempFileDir: tmpdir() }), request, response),
  },
  {
    sentence: 'busboy reads from a pipe',
    read: (request) => drainWithBusboy(request, (parser) => void request.pipe(parser)),
  },
  {
    sentence: 'busboy reads from a pipeline()',
    read: (request) =>
      drainWithBusboy(request, (parser) => void pipeline(request, parser, (error) => error && parser.destroy(error))),
  },
  {
    sentence: 'busboy reads, with listeners added only after the pipe',
    read: (request) =>
      new Promise((resolve) => {
        const parser = busboy({ headers: request.headers })
        request.pipe(parser)
        parser.on('file', (_name, stream) => stream.resume()).on('field', () => {})
        parser.on('close', resolve)
      }),
  },
]

const multerInMemory: FormReader['read'] = (request, response) =>
  run(multer({ storage: multer.memoryStorage() }).any(), request, response)

/** Uploaded files: each one by itself, whichever parser the application uses; the raw form is not stored again. */
export function describeUploadedFiles({ adapter, tracing, store }: ContractSetting): void {
  const serve = (read: FormReader['read'], options = {}): ReturnType<typeof adapter.serve> =>
    adapter.serve(
      (request, response) => {
        read(request, response).then(
          () => response.end('received'),
          (error: unknown) => response.writeHead(400).end(errorMember(error, 'code')),
        )
      },
      { client: store.client, ...options },
    )

  describe(`${adapter.name} captures the files and fields of a form that`, () => {
    test.each([...readers])('$sentence', async ({ read }) => {
      await using server = await serve(read)
      const received = await send(server.url, { ...form, chunkBytes: 50_000 })
      expect(received.body.toString()).toBe('received')
      const { request, files } = capturedExchange(await tracing.serverAttributes())
      expect(files).toEqual([
        expect.objectContaining({
          sha256: sha256(photo),
          size_bytes: photo.length,
          field: 'photo',
          filename: 'beach.png',
          content_type: 'image/png',
        }),
        expect.objectContaining({
          sha256: sha256(report),
          size_bytes: report.length,
          field: 'report',
          filename: 'résumé 日本.pdf',
          content_type: 'application/pdf',
        }),
      ])
      expect(files.some((file) => file.truncated)).toBe(false)
      expect(request).toMatchObject({ sha256: sha256(fields), content_type: 'application/json' })
      const blobs = await store.blobs()
      expect(Buffer.from(blobs.get(sha256(fields)) ?? '').toString()).toBe(fields)
      expect(Buffer.from(blobs.get(sha256(photo)) ?? '').equals(photo)).toBe(true)
      expect(blobs.has(sha256(form.body))).toBe(false)
    })
  })

  test(`${adapter.name} captures the fields of a form whose files nobody wants, which busboy then skips by itself`, async () => {
    const seen: string[] = []
    await using server = await serve(
      (request) =>
        new Promise((resolve, reject) => {
          const parser = busboy({ headers: request.headers })
          parser
            .on('field', (name) => void seen.push(name))
            .on('close', resolve)
            .on('error', reject)
          request.pipe(parser)
        }),
    )
    expect((await send(server.url, form)).body.toString()).toBe('received')
    expect(seen).toEqual(['title', 'tag', 'tag'])
    const { request, files } = capturedExchange(await tracing.serverAttributes())
    expect([request?.sha256, files]).toEqual([sha256(fields), []])
  })

  describe(`${adapter.name} captures an uploaded file that`, () => {
    const one = multipart([{ name: 'file', filename: 'a.bin', contentType: 'application/x-custom', content: photo }])
    test('the application refuses as too large, as far as it was let through', async () => {
      await using server = await serve((request, response) =>
        run(multer({ storage: multer.memoryStorage(), limits: { fileSize: 1000 } }).any(), request, response),
      )
      const received = await send(server.url, { ...one, chunkBytes: 50_000 })
      expect(received).toMatchObject({ status: 400, body: Buffer.from('LIMIT_FILE_SIZE') })
      const { files } = capturedExchange(await tracing.serverAttributes())
      expect(files).toMatchObject([{ filename: 'a.bin', truncated: true }])
      // Multer reads one byte beyond its limit.
      expect(files[0]?.size_bytes).toBeLessThanOrEqual(1001)
      expect(files[0]?.sha256).toBe(sha256(photo.subarray(0, files[0]?.size_bytes)))
    })

    test('the handler deletes before the response is sent', async () => {
      await using server = await serve(async (request, response) => {
        await run(multer({ storage: disk() }).any(), request, response)
        await unlinkAll(request)
      })
      await send(server.url, one)
      const { files } = capturedExchange(await tracing.serverAttributes())
      expect(files).toMatchObject([{ sha256: sha256(photo) }])
      expect((await store.blobs()).has(sha256(photo))).toBe(true)
    })

    test('is larger than the cap: digest and size, but nothing stored', async () => {
      const unique = pseudoRandomBytes(50_000, 5)
      const sent = multipart([{ name: 'file', filename: 'large.bin', contentType: 'image/png', content: unique }])
      await using server = await serve(multerInMemory, { maxFileBytes: unique.length - 1, maxBodyBytes: 10 })
      await send(server.url, sent)
      const { files } = capturedExchange(await tracing.serverAttributes())
      expect(files).toMatchObject([{ sha256: sha256(unique), size_bytes: unique.length, dropped: 'too_large' }])
      expect((await store.blobs()).has(sha256(unique))).toBe(false)
    })

    test('is cut by an abort', async () => {
      await using server = await serve(multerInMemory)
      await send(server.url, { ...one, chunkBytes: 50_000, abortAfterBytes: 100_000 })
      const { files } = capturedExchange(await tracing.serverAttributes())
      expect(files).toMatchObject([{ filename: 'a.bin', truncated: true }])
      expect(files[0]?.size_bytes).toBeLessThan(photo.length)
    })

    test('is empty but has a name', async () => {
      await using server = await serve(multerInMemory)
      await send(
        server.url,
        multipart([{ name: 'file', filename: 'empty.txt', contentType: 'text/plain', content: '' }]),
      )
      const { files } = capturedExchange(await tracing.serverAttributes())
      expect(files).toMatchObject([{ sha256: sha256(''), size_bytes: 0, filename: 'empty.txt' }])
    })

    test('has no type of its own: its name tells, as for many clients everything is octet-stream', async () => {
      await using server = await serve(multerInMemory)
      const part = { name: 'file', filename: 'photo.jpg', contentType: 'application/octet-stream', content: photo }
      await send(server.url, multipart([part]))
      const { files } = capturedExchange(await tracing.serverAttributes())
      expect(files).toMatchObject([{ sha256: sha256(photo), content_type: 'image/jpeg' }])
    })

    test('is not captured when files are turned off: the form is, as it was sent', async () => {
      await using server = await serve(multerInMemory, { files: false })
      await send(server.url, one)
      const { request, files } = capturedExchange(await tracing.serverAttributes())
      expect(files).toEqual([])
      expect(request).toMatchObject({ sha256: sha256(one.body), content_type: one.headers['content-type'] })
    })

    test('is captured when only files are wanted', async () => {
      await using server = await serve(multerInMemory, { request: false })
      await send(server.url, form)
      const { request, files } = capturedExchange(await tracing.serverAttributes())
      expect(files).toMatchObject([{ sha256: sha256(photo) }, { sha256: sha256(report) }])
      expect(request).toBeUndefined()
    })
  })

  test(`${adapter.name} lets the application read every file it captures`, async () => {
    const read: Buffer[] = []
    await using server = await serve(async (request, response) => {
      await run(multer({ storage: disk() }).any(), request, response)
      await delay(1)
      for (const { path } of multerFiles(request)) read.push(await readFile(path))
      await unlinkAll(request)
    })
    await send(server.url, form)
    expect(read.map((content) => sha256(content))).toEqual([sha256(photo), sha256(report)])
  })
}

async function unlinkAll(request: IncomingMessage): Promise<void> {
  for (const { path } of multerFiles(request)) await unlink(path)
}

function drainWithBusboy(request: IncomingMessage, connect: (parser: busboy.Busboy) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const parser = busboy({ headers: request.headers })
    parser.on('file', (_name, stream) => stream.resume()).on('field', () => {})
    parser.on('close', resolve).on('error', reject)
    connect(parser)
  })
}

import { formidable, type Options, type Part } from 'formidable'
import {
  capturedExchange,
  createStore,
  listen,
  multipart,
  pseudoRandomBytes,
  send,
  sha256,
  startTracing,
} from '@span-artifacts/http-testing'
import { describe, expect, test } from 'vitest'
import { captureFiles, createHttpCapture } from './index.js'

const tracing = startTracing()
const store = createStore()
const capture = createHttpCapture({ client: store.client })

const photo = pseudoRandomBytes(200_000, 8)
const form = multipart([
  { name: 'title', content: 'Ünïcode' },
  { name: 'password', content: 'hunter2-in-a-form' },
  { name: 'photo', filename: 'été.png', contentType: 'image/png', content: photo },
  { name: 'note', filename: 'note.txt', contentType: 'text/plain', content: 'short' },
])

const serve = (
  options: Options = {},
  prepare: (form: ReturnType<typeof formidable>) => void = () => {},
): ReturnType<typeof listen> =>
  listen(async (request, response) => {
    capture(request, response)
    const parser = formidable({ hashAlgorithm: 'sha256', ...options })
    prepare(parser)
    captureFiles(request, parser)
    try {
      const [fields, files] = await parser.parse(request)
      response.end(JSON.stringify([fields['title'], files['photo']?.[0]?.hash]))
    } catch (error) {
      response.writeHead(400).end(String(Reflect.get(Object(error), 'httpCode')))
    }
  })

describe('with captureFiles, formidable’s files', () => {
  test('are captured one by one, and its fields as JSON', async () => {
    await using server = await serve()
    const received = await send(server.url, { ...form, chunkBytes: 50_000 })
    expect(JSON.parse(received.body.toString())).toEqual([['Ünïcode'], sha256(photo)])
    const { request, files } = capturedExchange(await tracing.serverAttributes())
    expect(files).toMatchObject([
      {
        sha256: sha256(photo),
        size_bytes: photo.length,
        field: 'photo',
        filename: 'été.png',
        content_type: 'image/png',
      },
      { sha256: sha256('short'), field: 'note', filename: 'note.txt' },
    ])
    expect(files.some((file) => file.truncated)).toBe(false)
    const blobs = await store.blobs()
    expect(Buffer.from(blobs.get(String(request?.sha256)) ?? '').toString()).toBe(
      '{"title":"Ünïcode","password":"[redacted]"}',
    )
    expect(blobs.has(sha256(form.body))).toBe(false)
  })

  test('are captured beside an onPart of the application', async () => {
    const names: unknown[] = []
    await using server = await serve({}, (parser) => {
      parser.onPart = (part: Part) => {
        names.push(part.name)
        parser._handlePart(part)
      }
    })
    await send(server.url, form)
    expect(names).toEqual(['title', 'password', 'photo', 'note'])
    expect(capturedExchange(await tracing.serverAttributes()).files).toHaveLength(2)
  })

  test('that are too large for the application are captured as far as they were read', async () => {
    await using server = await serve({ maxFileSize: 100_000 })
    expect((await send(server.url, { ...form, chunkBytes: 50_000 })).body.toString()).toBe('413')
    const { files } = capturedExchange(await tracing.serverAttributes())
    expect(files[0]).toMatchObject({ filename: 'été.png', truncated: true })
    expect(files[0]?.sha256).toBe(sha256(photo.subarray(0, files[0]?.size_bytes)))
  })

  test('are left alone where the request is not captured', async () => {
    await using server = await listen(async (request, response) => {
      const parser = formidable({ hashAlgorithm: 'sha256' })
      captureFiles(request, parser)
      const [, files] = await parser.parse(request)
      response.end(files['photo']?.[0]?.hash)
    })
    expect((await send(server.url, form)).body.toString()).toBe(sha256(photo))
    expect(capturedExchange(await tracing.serverAttributes()).files).toEqual([])
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { context, SpanKind, trace } from '@opentelemetry/api'
import { ArtifactClient, memoryDestination } from '@span-artifacts/core'
import { capturedExchange, multipart, startTracing } from '@span-artifacts/http-testing'
import { expect, onTestFinished, test } from 'vitest'
import { createCallCapture, createWebCapture } from './index.js'

const tracing = startTracing({ instrumentHttp: false })

/** More than may be on its way to the disk at once. */
const LARGE_BYTES = 80 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024

async function clientWithSpool(): Promise<ArtifactClient> {
  const spoolDirectory = await mkdtemp(join(tmpdir(), 'span-artifacts-web-'))
  const client = new ArtifactClient({ destination: memoryDestination(), spoolDirectory })
  onTestFinished(async () => {
    await client.shutdown()
    await rm(spoolDirectory, { recursive: true, force: true })
  })
  return client
}

/** As fast as memory: no disk keeps up with it. */
async function* endlesslyFast(
  before: Uint8Array = new Uint8Array(),
  after: Uint8Array = before,
): AsyncGenerator<Uint8Array> {
  yield before
  const chunk = new Uint8Array(CHUNK_BYTES).fill(7)
  for (let sent = 0; sent < LARGE_BYTES; sent += CHUNK_BYTES) yield chunk
  yield after
}

test.each([
  ['a body', 'image/png', endlesslyFast()],
  ['a file of a form', ...formOf()],
])('%s that comes faster than the disk takes it waits for the disk, and is kept', async (_, type, source) => {
  tracing.reset()
  const client = await clientWithSpool()
  const capture = createWebCapture({ client, maxBodyBytes: LARGE_BYTES })
  const request = new Request('http://a.example/', {
    method: 'POST',
    headers: { 'content-type': type },
    body: ReadableStream.from(source),
    duplex: 'half',
  })
  const server = trace.getTracer('test').startSpan('POST', { kind: SpanKind.SERVER })
  await context.with(trace.setSpan(context.active(), server), async () => {
    const exchange = capture(request)
    for await (const _chunk of request.body ?? []) continue
    exchange?.answer(new Response(null))
  })
  server.end()
  const { request: body, files } = capturedExchange(await tracing.serverAttributes())
  const reference = files?.[0] ?? body
  expect(reference).toMatchObject({ size_bytes: LARGE_BYTES })
  expect(reference).not.toHaveProperty('dropped')
})

test('large files of one call wait for the disk and for each other, and are kept', async () => {
  tracing.reset()
  const client = await clientWithSpool()
  const half = new Uint8Array(LARGE_BYTES / 2)
  const form = new FormData()
  form.append('files', new File([half], 'one.bin'))
  form.append('files', new File([half, 'x'], 'two.bin'))
  const server = trace.getTracer('test').startSpan('POST', { kind: SpanKind.SERVER })
  await context.with(trace.setSpan(context.active(), server), async () => {
    const call = createCallCapture({ client })([form])
    await call?.filesRead
    call?.finish(undefined)
  })
  server.end()
  const { files } = capturedExchange(await tracing.serverAttributes())
  expect(files?.map(({ size_bytes: size, dropped, truncated }) => ({ size, dropped, truncated }))).toEqual([
    { size: half.length, dropped: undefined, truncated: undefined },
    { size: half.length + 1, dropped: undefined, truncated: undefined },
  ])
})

function formOf(): [type: string, source: AsyncGenerator<Uint8Array>] {
  const { headers, body } = multipart([{ name: 'f', filename: 'f.png', contentType: 'image/png', content: 'CONTENT' }])
  const [before = '', after = ''] = body.toString().split('CONTENT')
  return [headers['content-type'], endlesslyFast(Buffer.from(before), Buffer.from(after))]
}

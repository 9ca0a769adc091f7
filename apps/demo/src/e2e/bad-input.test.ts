import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TRACE_ID_HEADER } from '../help-desk/trace-id-header.js'
import { exchange, REQUEST_FILES_KEY, RESPONSE_BODY_KEY, type Exchange } from '../traffic/exchange.js'
import { ticketAnswer, ticketRequest } from '../traffic/sample-traffic.js'
import { loadSamples, type Samples } from '../traffic/samples.js'
import { awaitTrace } from '../verification/await-trace.js'
import { verifyExchange } from '../verification/verify-exchange.js'
import { arrivalDeadline, startDemo, type RunningDemo } from './running-demo.js'

const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'
const BOUNDARY = 'a-boundary-that-is-in-no-file'

let demo: RunningDemo
let samples: Samples
beforeAll(async () => {
  demo = await startDemo()
  samples = await loadSamples()
})
afterAll(() => demo[Symbol.asyncDispose]())

const post = (
  path: string,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string>,
): Promise<Response> => fetch(new URL(path, demo.helpDesk.url), { method: 'POST', body, headers })

/** A form that ends in the middle of its photo. */
function truncatedForm(): Buffer<ArrayBuffer> {
  const header = [
    `--${BOUNDARY}`,
    'Content-Disposition: form-data; name="photo"; filename="cut.jpg"',
    'Content-Type: image/jpeg',
    '',
    '',
  ].join('\r\n')
  return Buffer.concat([Buffer.from(header), samples.photo.bytes.subarray(0, 400_000)])
}

/** Whatever happened before, a whole ticket must come through whole, in the same process. */
async function problemsOfNextTicket(): Promise<readonly string[]> {
  const next = await exchange(demo.helpDesk.url, ticketRequest(samples))
  const { problems } = await verifyExchange(demo.server, next, { deadline: arrivalDeadline() })
  return demo.helpDesk.process.exitCode === null ? problems : ['the help desk has ended']
}

/** Files a ticket. */
async function someTicket(): Promise<string> {
  const { body } = await exchange(demo.helpDesk.url, ticketRequest(samples))
  return ticketAnswer.parse(JSON.parse(body.toString())).links.self
}

describe('the help desk', () => {
  test('answers a truncated form with 400, keeps what it saw of it and marks it so', async () => {
    const before = await exchange(demo.helpDesk.url, ticketRequest(samples))
    const response = await post('/tickets', truncatedForm(), {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
    })
    expect(response.status).toBe(400)
    const body = Buffer.from(await response.arrayBuffer())
    expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'malformed_form' } })

    const traceId = response.headers.get(TRACE_ID_HEADER)!
    const answer: Exchange['expected'][number] = {
      key: RESPONSE_BODY_KEY,
      contentType: 'application/json',
      content: { kind: 'bytes', bytes: body },
    }
    const cut: Exchange = { title: 'cut', status: 400, traceId, body, expected: [answer] }
    const trace = await awaitTrace(demo.server, cut, { deadline: arrivalDeadline() })
    const artifacts = trace!.spans.flatMap((span) => span.artifacts)
    expect(artifacts.map(({ key }) => key)).toContain(RESPONSE_BODY_KEY)
    for (const { reference } of artifacts.filter(({ key }) => key === REQUEST_FILES_KEY)) {
      expect(reference.truncated).toBe(true)
    }
    // Nothing of the ticket before is lost.
    expect((await verifyExchange(demo.server, before, { deadline: arrivalDeadline() })).problems).toEqual([])
    expect(await problemsOfNextTicket()).toEqual([])
  })

  test('survives a connection that breaks in the middle of an upload', async () => {
    const form = truncatedForm()
    const { hostname, port } = new URL(demo.helpDesk.url)
    const socket = connect(Number(port), hostname)
    const head = [
      'POST /tickets HTTP/1.1',
      'Host: help-desk',
      `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
      `Content-Length: ${form.length * 2}`,
      '',
      '',
    ].join('\r\n')
    await new Promise((resolve) => socket.write(Buffer.concat([Buffer.from(head), form]), resolve))
    socket.resetAndDestroy()
    await once(socket, 'close')
    expect(await problemsOfNextTicket()).toEqual([])
  })

  test('answers JSON that cannot be parsed with 400', async () => {
    const ticket = await someTicket()
    const response = await post(`${ticket}/diagnostics`, '{"readings": [', {
      'content-type': 'application/json',
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: 'entity_parse_failed' } })
    expect(await problemsOfNextTicket()).toEqual([])
  })

  test('answers a log that is too large with 413', async () => {
    const ticket = await someTicket()
    const response = await post(`${ticket}/diagnostics`, ' '.repeat(5 * 1024 * 1024), {
      'content-type': 'application/json',
    })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ error: { code: 'entity_too_large' } })
    expect(await problemsOfNextTicket()).toEqual([])
  })

  test('refuses a file of another type, naming the field', async () => {
    const form = new FormData()
    form.append('photo', new Blob([samples.warranty.bytes], { type: 'application/pdf' }), 'photo.pdf')
    const response = await fetch(new URL('/tickets', demo.helpDesk.url), { method: 'POST', body: form })
    expect(response.status).toBe(415)
    expect(await response.json()).toMatchObject({
      error: { code: 'unsupported_file_type', fields: { photo: expect.stringContaining('application/pdf') } },
    })
    expect(await problemsOfNextTicket()).toEqual([])
  })

  test('refuses a form with two photos', async () => {
    const form = new FormData()
    for (const filename of ['one.jpg', 'two.jpg']) {
      form.append('photo', new Blob([samples.photo.bytes.subarray(0, 1000)], { type: 'image/jpeg' }), filename)
    }
    const response = await fetch(new URL('/tickets', demo.helpDesk.url), { method: 'POST', body: form })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: 'limit_unexpected_file' } })
  })
})

const sendSpans = (body: NonNullable<RequestInit['body']>, headers: Record<string, string>): Promise<Response> =>
  fetch(`${demo.server.url}/v1/traces`, { method: 'POST', body, headers })

describe('the server', () => {
  test.each([
    ['protobuf', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x42]), PROTOBUF, undefined],
    ['protobuf inside gzip', gzipSync(Buffer.from([0x0a, 0x7f, 0x01])), PROTOBUF, 'gzip'],
    ['gzip', Buffer.from('not gzip'), PROTOBUF, 'gzip'],
    ['JSON', '{"resourceSpans": [{', JSON_TYPE, undefined],
    ['JSON of another kind', '{"resourceSpans": 7}', JSON_TYPE, undefined],
  ])('answers malformed %s with 400 and goes on', async (_name, body, type, encoding) => {
    const response = await sendSpans(body, { 'content-type': type, ...(encoding && { 'content-encoding': encoding }) })
    expect(response.status).toBe(400)
    expect(await problemsOfNextTicket()).toEqual([])
  })
})

import { once } from 'node:events'
import { request } from 'node:http'
import { expect, test } from 'vitest'
import { TRACE_ID_HEADER } from '../help-desk/trace-id-header.js'
import { exchange, type Exchange } from '../traffic/exchange.js'
import { sendFrontEndTraffic } from '../traffic/front-end-traffic.js'
import { sendSampleTraffic, TICKET_FIELDS, ticketRequest } from '../traffic/sample-traffic.js'
import { loadSamples } from '../traffic/samples.js'
import { verifyExchange } from '../verification/verify-exchange.js'
import { startDemo, startDemoWithFrontEnd } from './running-demo.js'

/** So long that no span leaves by itself while a test runs. */
const NEVER_BY_ITSELF = { OTEL_BSP_SCHEDULE_DELAY: '600000' }

test('SIGTERM right after the last answer loses neither a span nor a blob', async () => {
  await using demo = await startDemo(NEVER_BY_ITSELF)
  const exchanges = await sendSampleTraffic(demo.helpDesk.url, await loadSamples())
  demo.helpDesk.process.kill('SIGTERM')
  expect(await demo.helpDesk.exited).toBe(0)
  for (const each of exchanges) {
    // The process is gone: what has not arrived by now never will.
    const { problems } = await verifyExchange(demo.server, each, { deadline: Date.now() })
    expect(problems).toEqual([])
  }
})

test('SIGTERM right after the last answer of the front end loses neither a span nor a blob', async () => {
  await using demo = await startDemoWithFrontEnd(NEVER_BY_ITSELF)
  const exchanges = await sendFrontEndTraffic(demo.frontEnd.url, await loadSamples())
  demo.frontEnd.process.kill('SIGTERM')
  expect(await demo.frontEnd.exited).toBe(0)
  expect(await demo.helpDesk.stop()).toBe(0)
  for (const each of exchanges) {
    const { problems } = await verifyExchange(demo.server, each, { deadline: Date.now() })
    expect(problems).toEqual([])
  }
})

test('a ticket whose upload is under way at SIGTERM is still answered and recorded', async () => {
  await using demo = await startDemo(NEVER_BY_ITSELF)
  const samples = await loadSamples()
  // Whatever is asked first shows that the process is ready to be ended.
  await exchange(demo.helpDesk.url, { method: 'GET', path: '/', expectedStatus: 200 })

  const { expected = [], body } = ticketRequest(samples)
  const encoded = new Response(body)
  const bytes = Buffer.from(await encoded.arrayBuffer())
  const upload = request(new URL('/tickets', demo.helpDesk.url), {
    method: 'POST',
    headers: { 'content-type': encoded.headers.get('content-type')!, 'content-length': bytes.length },
  })
  const answered = once(upload, 'response')
  const half = bytes.length >> 1
  await new Promise((resolve) => upload.write(bytes.subarray(0, half), resolve))
  demo.helpDesk.process.kill('SIGTERM')
  await refusesConnections(demo.helpDesk.url)
  upload.end(bytes.subarray(half))

  const [response] = await answered
  const chunks: Buffer[] = await response.toArray()
  const received = Buffer.concat(chunks)
  expect(response.statusCode).toBe(201)
  expect(JSON.parse(received.toString()).subject).toBe(TICKET_FIELDS.subject)
  expect(await demo.helpDesk.exited).toBe(0)

  const ticket: Exchange = {
    title: 'POST /tickets',
    status: response.statusCode,
    traceId: response.headers[TRACE_ID_HEADER],
    body: received,
    expected: [
      ...expected,
      {
        key: 'span_artifacts.http.response.body',
        contentType: 'application/json',
        content: { kind: 'bytes', bytes: received },
      },
    ],
  }
  const { problems } = await verifyExchange(demo.server, ticket, { deadline: Date.now() })
  expect(problems).toEqual([])
})

/** Waits until the help desk takes no new connections: the signal has arrived. */
async function refusesConnections(url: string): Promise<void> {
  for (;;) {
    try {
      await (await fetch(url, { headers: { connection: 'close' } })).arrayBuffer()
    } catch {
      return
    }
  }
}

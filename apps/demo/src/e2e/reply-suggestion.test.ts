import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AGENT } from '../help-desk/agents.js'
import { TRACE_ID_HEADER } from '../help-desk/trace-id-header.js'
import { exchange, type Exchange } from '../traffic/exchange.js'
import {
  sendSampleTraffic,
  sessionAnswer,
  ticketAnswer,
  ticketRequest,
  TICKET_FIELDS,
} from '../traffic/sample-traffic.js'
import { loadSamples, type Samples } from '../traffic/samples.js'
import { INPUT_MESSAGES_KEY } from '../traffic/suggestion-artifacts.js'
import { verifyExchange } from '../verification/verify-exchange.js'
import { arrivalDeadline, startDemo, type RunningDemo } from './running-demo.js'

let samples: Samples
beforeAll(async () => {
  samples = await loadSamples()
})

async function signIn({ helpDesk }: RunningDemo): Promise<Record<string, string>> {
  const response = await fetch(new URL('/sessions', helpDesk.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: AGENT.email, password: AGENT.password }),
  })
  const { accessToken } = sessionAnswer.parse(await response.json())
  return { authorization: `Bearer ${accessToken}` }
}

const suggest = ({ helpDesk }: RunningDemo, ticket: string, headers: Record<string, string>): Promise<Response> =>
  fetch(new URL(`${ticket}/reply-suggestion`, helpDesk.url), { method: 'POST', headers })

/** A ticket with every file. */
async function someTicket({ helpDesk }: RunningDemo): Promise<string> {
  const { body } = await exchange(helpDesk.url, ticketRequest(samples))
  return ticketAnswer.parse(JSON.parse(body.toString())).links.self
}

describe('without a key', () => {
  let demo: RunningDemo
  let suggested: Exchange
  beforeAll(async () => {
    demo = await startDemo()
    const exchanges = await sendSampleTraffic(demo.helpDesk.url, samples)
    suggested = exchanges.find(({ title }) => title.endsWith('/reply-suggestion'))!
  })
  afterAll(() => demo[Symbol.asyncDispose]())

  test('the local model looks at photo and warranty, knows the voice note, and names itself', () => {
    const { model, caption, transcript, reply } = JSON.parse(suggested.body.toString())
    expect(model).toEqual({ name: 'local model', isLocal: true })
    expect(caption).toContain('broken-lamp.jpg: image/jpeg, 3000 × 2000 pixels')
    expect(caption).toContain('warranty.pdf: application/pdf, 230,140 bytes')
    expect(transcript).toContain('The upper arm snapped')
    expect(reply).toContain('local stand-in model')
    expect(reply).toContain('new-lamp.jpg: image/jpeg, 1400 × 933 pixels')
  })

  test('the messages refer to every file by its digest, and hold none of it', async () => {
    const { artifacts, problems } = await verifyExchange(demo.server, suggested, { deadline: arrivalDeadline() })
    expect(problems).toEqual([])
    expect(artifacts).toHaveLength(suggested.expected.length)
    const { spans } = (await demo.server.trace(suggested.traceId))!
    expect(spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['chat measuring-tape', 'ai.transcribe stopwatch', 'execute_tool showProductPicture']),
    )
    for (const { sha256 } of suggested.expected.filter(({ key }) => key === INPUT_MESSAGES_KEY)) {
      expect(JSON.stringify(spans)).toContain(`\\"sha256\\":\\"${sha256}\\"`)
    }
    expect(JSON.stringify(spans).length).toBeLessThan(200_000)
  })

  test('a picture that is missing in the messages, or is another, is a problem', async () => {
    const deadline = Date.now()
    const expected = suggested.expected.map((each) =>
      each.key === INPUT_MESSAGES_KEY && each.filename === 'warranty.pdf' ? { ...each, sha256: '0'.repeat(64) } : each,
    )
    const { problems } = await verifyExchange(demo.server, { ...suggested, expected }, { deadline })
    expect(problems).toEqual([
      `${INPUT_MESSAGES_KEY} (warranty.pdf) is missing`,
      `${INPUT_MESSAGES_KEY} (warranty.pdf) is missing`,
      `${INPUT_MESSAGES_KEY} was neither sent nor received`,
      `${INPUT_MESSAGES_KEY} was neither sent nor received`,
    ])
  })

  test('a ticket without files gets a suggestion too', async () => {
    const form = new FormData()
    for (const [name, value] of Object.entries(TICKET_FIELDS)) form.append(name, value)
    const filed = await fetch(new URL('/tickets', demo.helpDesk.url), { method: 'POST', body: form })
    const { links } = ticketAnswer.parse(await filed.json())
    const response = await suggest(demo, links.self, await signIn(demo))
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ caption: null, transcript: null })
  })

  test('only agents may ask', async () => {
    const response = await suggest(demo, '/tickets/T-1001', {})
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: { code: 'not_signed_in' } })
  })
})

describe('with a key', () => {
  const KEY = 'sk-a-key-that-must-be-seen-nowhere'
  let provider: Server
  const asked: (string | undefined)[] = []
  beforeAll(async () => {
    // Refuses everybody, and repeats the key while it does.
    provider = createServer((request, response) => {
      asked.push(request.headers.authorization)
      request.resume()
      response.writeHead(401, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: `Incorrect API key: ${KEY}`, type: 'invalid_request_error' } }))
    }).listen(0, '127.0.0.1')
    await once(provider, 'listening')
  })
  afterAll(() => {
    provider.closeAllConnections()
    provider.close()
  })

  test('the real provider is asked; when it refuses, the agent learns so, without the key', async () => {
    const address = provider.address()
    const port = typeof address === 'object' ? address?.port : undefined
    await using demo = await startDemo({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` })
    expect(demo.helpDesk.models).toBe('AI: gpt-5-mini by OpenAI; the files of the ticket are sent there')
    const response = await suggest(demo, await someTicket(demo), await signIn(demo))
    expect(response.status).toBe(502)
    expect(await response.json()).toEqual({
      error: {
        code: 'model_failed',
        message: 'There is no answer from gpt-5-mini by OpenAI: it answered with status 401.',
      },
    })
    expect(asked).toContain(`Bearer ${KEY}`)
    // Nothing else is disturbed.
    expect((await fetch(new URL('/tickets/T-1001', demo.helpDesk.url))).status).toBe(200)
    expect(response.headers.get(TRACE_ID_HEADER)).toMatch(/^[0-9a-f]{32}$/)
  })
})

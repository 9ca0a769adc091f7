import { z } from 'zod'
import { AGENT } from '../help-desk/agents.js'
import {
  exchange,
  REQUEST_BODY_KEY,
  REQUEST_FILES_KEY,
  type Exchange,
  type ExchangeRequest,
  type ExpectedArtifact,
} from './exchange.js'
import type { Sample, Samples } from './samples.js'
import { suggestionArtifacts } from './suggestion-artifacts.js'

/** What stands in a captured body in place of a secret. */
const REDACTED = '[redacted]'

const CREATED = 201
const OK = 200
const BAD_REQUEST = 400
const NOT_FOUND = 404

/** Every text field that a customer fills in. */
export const TICKET_FIELDS = {
  name: 'Marta Keller',
  email: 'marta.keller@example.com',
  product: 'LW-40 desk lamp',
  subject: 'The arm of my lamp snapped – Lampe kaputt',
  description: 'The upper arm snapped while I was adjusting it, the shade fell on the desk, and the bulb broke.',
  details: JSON.stringify({ serialNumber: 'LW40-7731-0926', boughtOn: '2025-03-14', receipt: 'R-2025-031407' }),
}

const JSON_HEADERS = { 'content-type': 'application/json' }
/** What these requests need of the answer to a ticket. */
export const ticketAnswer = z.object({ number: z.string(), links: z.object({ self: z.string() }) })
/** What these requests need of the answer to a sign-in. */
export const sessionAnswer = z.looseObject({ accessToken: z.string() })

/** A customer's and an agent's day: everything that the help desk does, once, over real connections. */
export async function sendSampleTraffic(url: string, samples: Samples, signal?: AbortSignal): Promise<Exchange[]> {
  const send = (request: ExchangeRequest): Promise<Exchange> => exchange(url, request, signal)
  const get = (path: string): Promise<Exchange> => send({ method: 'GET', path, expectedStatus: OK })

  const form = await get('/')
  const filed = await send(ticketRequest(samples))
  const { self } = ticketAnswer.parse(JSON.parse(filed.body.toString())).links

  const ticket = await get(self)
  const diagnosed = await send({
    method: 'POST',
    path: `${self}/diagnostics`,
    expectedStatus: CREATED,
    headers: JSON_HEADERS,
    body: samples.diagnostics.bytes,
    expected: [
      {
        key: REQUEST_BODY_KEY,
        contentType: 'application/json',
        content: { kind: 'bytes', bytes: samples.diagnostics.bytes },
      },
    ],
  })
  const chart = await get(`${self}/diagnostics/chart.svg`)
  const summary = await get(`${self}/diagnostics/summary.json`)
  // What the app attached by hand while it read the log is what it gives out afterwards.
  const attached: ExpectedArtifact[] = [
    {
      key: 'diagnostics.chart',
      contentType: 'image/svg+xml',
      filename: 'chart.svg',
      content: { kind: 'bytes', bytes: chart.body },
    },
    {
      key: 'diagnostics.summary',
      contentType: 'application/json',
      filename: 'summary.json',
      content: { kind: 'bytes', bytes: summary.body },
    },
  ]

  const { signedIn, accessToken } = await signIn(send)
  const suggested = await send({
    method: 'POST',
    path: `${self}/reply-suggestion`,
    expectedStatus: OK,
    headers: authorized(accessToken),
    expected: suggestionArtifacts(samples),
  })
  const answered = await answer(send, self, accessToken)
  const history = await get(`${self}/history.txt`)
  const receipt = await get(`${self}/receipt.pdf`)
  const photo = await get(`${self}/attachments/photo`)
  const refused = await send(incompleteTicketRequest())
  const unknown = await send({ method: 'GET', path: '/tickets/T-0', expectedStatus: NOT_FOUND })

  const analysed = { ...diagnosed, expected: [...diagnosed.expected, ...attached] }
  return [
    form,
    filed,
    ticket,
    analysed,
    chart,
    summary,
    signedIn,
    suggested,
    answered,
    history,
    receipt,
    photo,
    refused,
    unknown,
  ]
}

/** A ticket with every field and every file. */
export function ticketRequest({ photo, voice, warranty }: Samples): ExchangeRequest {
  const body = new FormData()
  for (const [name, value] of Object.entries(TICKET_FIELDS)) body.append(name, value)
  const files = Object.entries({ photo, voice, warranty })
  for (const [field, { bytes, contentType, filename }] of files) {
    body.append(field, new Blob([bytes], { type: contentType }), filename)
  }
  return {
    method: 'POST',
    path: '/tickets',
    expectedStatus: CREATED,
    body,
    expected: [formArtifact(TICKET_FIELDS), ...files.map(([field, sample]) => fileArtifact(field, sample))],
  }
}

function incompleteTicketRequest(): ExchangeRequest {
  const fields = { name: 'Marta Keller', email: 'marta.keller', subject: 'Lamp' }
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) body.append(name, value)
  return { method: 'POST', path: '/tickets', expectedStatus: BAD_REQUEST, body, expected: [formArtifact(fields)] }
}

/** The text fields of a form are stored as one JSON document. */
function formArtifact(fields: Readonly<Record<string, string>>): ExpectedArtifact {
  return { key: REQUEST_BODY_KEY, contentType: 'application/json', content: { kind: 'json', value: fields } }
}

function fileArtifact(field: string, { bytes, contentType, filename }: Sample): ExpectedArtifact {
  return { key: REQUEST_FILES_KEY, field, contentType, filename, content: { kind: 'bytes', bytes } }
}

async function signIn(send: (request: ExchangeRequest) => Promise<Exchange>) {
  const { email, password } = AGENT
  const signedIn = await send({
    method: 'POST',
    path: '/sessions',
    expectedStatus: CREATED,
    headers: JSON_HEADERS,
    body: JSON.stringify({ email, password }),
    expected: [
      {
        key: REQUEST_BODY_KEY,
        contentType: 'application/json',
        content: { kind: 'json', value: { email, password: REDACTED }, secrets: [password] },
      },
    ],
    expectedResponse(body) {
      const session = sessionAnswer.parse(JSON.parse(body.toString()))
      return { kind: 'json', value: { ...session, accessToken: REDACTED }, secrets: [session.accessToken] }
    },
  })
  const { accessToken } = sessionAnswer.parse(JSON.parse(signedIn.body.toString()))
  return { signedIn, accessToken }
}

function authorized(accessToken: string): Record<string, string> {
  return { authorization: `Bearer ${accessToken}` }
}

function answer(
  send: (request: ExchangeRequest) => Promise<Exchange>,
  ticketPath: string,
  accessToken: string,
): Promise<Exchange> {
  const body = Buffer.from(
    JSON.stringify({
      text: 'We are sorry. A new upper arm (part 5) and a bulb are on their way; no need to send us yours.',
    }),
  )
  return send({
    method: 'POST',
    path: `${ticketPath}/answers`,
    expectedStatus: CREATED,
    headers: { ...JSON_HEADERS, ...authorized(accessToken) },
    body,
    expected: [{ key: REQUEST_BODY_KEY, contentType: 'application/json', content: { kind: 'bytes', bytes: body } }],
  })
}

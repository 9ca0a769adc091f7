import { createHash } from 'node:crypto'
import { z } from 'zod'
import { exchange, type Exchange, type ExchangeRequest, type ExpectedArtifact, RESPONSE_BODY_KEY } from './exchange.js'
import { ticketRequest } from './sample-traffic.js'
import type { Samples } from './samples.js'

const OK = 200
/** What is needed of the front end's answer to a ticket. */
const frontEndAnswer = z.object({ ticket: z.looseObject({ number: z.string() }) })

/**
 * A customer who uses the front end. It hands everything on to the help desk, within the same trace: each body is captured in
 * both, where it came in and where it went to.
 */
export async function sendFrontEndTraffic(url: string, samples: Samples, signal?: AbortSignal): Promise<Exchange[]> {
  const send = (request: ExchangeRequest): Promise<Exchange> => exchange(url, request, signal)

  const request = ticketRequest(samples)
  const filed = await send({ ...request, path: `/api${request.path}`, expected: twice(request.expected ?? []) })
  const { ticket } = frontEndAnswer.parse(JSON.parse(filed.body.toString()))
  const path = `/api/tickets/${ticket.number}`
  const receipt = await send({ method: 'GET', path: `${path}/receipt.pdf`, expectedStatus: OK })
  const history = await send({ method: 'GET', path: `${path}/history.txt`, expectedStatus: OK })

  // The front end wraps the help desk's answer to a ticket; documents it hands on as they are.
  return [
    { ...filed, expected: [...byDigest(filed), answerOfHelpDesk(ticket)] },
    ...[receipt, history].map((each) => ({ ...each, expected: twice(each.expected) })),
  ]
}

/** Two spans of the trace have an answer: this is the one that the client got. */
function byDigest({ expected, body }: Exchange): ExpectedArtifact[] {
  const sha256 = createHash('sha256').update(body).digest('hex')
  return expected.map((each) => (each.key === RESPONSE_BODY_KEY ? { ...each, sha256 } : each))
}

function answerOfHelpDesk(ticket: unknown): ExpectedArtifact {
  return { key: RESPONSE_BODY_KEY, contentType: 'application/json', content: { kind: 'json', value: ticket } }
}

function twice(artifacts: readonly ExpectedArtifact[]): ExpectedArtifact[] {
  return [...artifacts, ...artifacts]
}

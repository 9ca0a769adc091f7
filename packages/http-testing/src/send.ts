import { Agent, request, type ClientRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** A request as a test sends it. */
export interface SentRequest {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: Uint8Array | string
  /** Send the body in pieces of this many bytes, with a pause after each. Forms declare their length, others do not. */
  readonly chunkBytes?: number
  /** The pause after each piece. Default 1 ms. */
  readonly pauseMs?: number
  /** Destroy the connection after this many bytes of the body. */
  readonly abortAfterBytes?: number
  /** Default: a connection of its own. */
  readonly agent?: Agent
}

/** What came back over the wire, byte for byte. */
export interface ReceivedResponse {
  /** 0 where the connection ended without an answer. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** Whether the connection ended before the response was complete. */
  readonly cut: boolean
}

const NOTHING_RECEIVED: ReceivedResponse = {
  status: 0,
  headers: {},
  rawHeaders: [],
  body: Buffer.alloc(0),
  cut: true,
}

/** Sends one request through Node's own client, which neither decodes nor caches, and reads the whole answer. */
export async function send(url: string, options: SentRequest = {}): Promise<ReceivedResponse> {
  const { method = options.body === undefined ? 'GET' : 'POST', body = '', chunkBytes } = options
  const bytes = Buffer.from(body)
  const isForm = String(options.headers?.['content-type']).startsWith('multipart/')
  const framing =
    chunkBytes === undefined || isForm ? { 'content-length': bytes.length } : { 'transfer-encoding': 'chunked' }
  // With `Connection: close` a server that answers early resets the connection, and its answer may be lost with it.
  const agent = options.agent ?? new Agent({ keepAlive: true })
  const outgoing = request(url, {
    method,
    headers: { ...(bytes.length > 0 && framing), ...options.headers },
    agent,
  })
  const received = new Promise<ReceivedResponse>((resolve) => {
    let answered = false
    outgoing.on('response', (incoming) => {
      answered = true
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', () => {})
      incoming.on('close', () => {
        const { statusCode: status = 0, headers, rawHeaders, complete } = incoming
        resolve({ status, headers, rawHeaders, body: Buffer.concat(chunks), cut: !complete })
      })
    })
    outgoing.on('error', () => {})
    outgoing.on('close', () => {
      if (!answered) resolve(NOTHING_RECEIVED)
    })
  })
  await write(outgoing, bytes, options)
  const response = await received
  if (options.agent === undefined) agent.destroy()
  return response
}

async function write(outgoing: ClientRequest, bytes: Buffer, options: SentRequest): Promise<void> {
  const { chunkBytes = bytes.length, pauseMs = 1, abortAfterBytes } = options
  const end = Math.min(bytes.length, abortAfterBytes ?? bytes.length)
  for (let offset = 0; offset < end && !outgoing.destroyed; offset += chunkBytes) {
    outgoing.write(bytes.subarray(offset, Math.min(offset + chunkBytes, end)))
    if (chunkBytes < bytes.length) await delay(pauseMs)
  }
  if (abortAfterBytes === undefined) outgoing.end()
  else {
    // The server has to see what was sent before it sees the connection go.
    await delay(20)
    outgoing.destroy()
  }
}

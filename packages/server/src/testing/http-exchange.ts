import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'

/** A request as it goes over the wire, and nothing that a client library would add. */
export interface ExchangeRequest {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
}

/** JSON whose shape is what the test is about. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Loose = any

/** An answer, read to its end. */
export interface ExchangeAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** The body as UTF-8. */
  text: string
  /** The body as JSON. */
  json: () => Loose
}

/** Sends one request on a connection of its own. */
export function exchange(url: string, request: ExchangeRequest = {}): Promise<ExchangeAnswer> {
  const { method = 'GET', headers = {}, body } = request
  return new Promise((resolve, reject) => {
    const lengthHeader = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const outgoing = httpRequest(
      url,
      { method, headers: { ...lengthHeader, ...headers }, agent: false },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks)
          const text = bytes.toString('utf8')
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: bytes,
            text,
            json: () => JSON.parse(text),
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Sends a JSON body. */
export function exchangeJson(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<ExchangeAnswer> {
  return exchange(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

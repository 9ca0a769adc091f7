import { Agent, request } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'

/** Requests of one kind, one after the other on each of several connections. */
export interface HttpLoad {
  url: string
  requests: number
  connections: number
  /** @param number counts the requests, so that no two bodies need be the same */
  readonly bodyOf: (number: number) => Buffer
}

/**
 * Sends JSON requests as fast as they are answered, and does not sleep in between: a client that sleeps on another processor
 * has to be woken by the server's `write`, which on a virtual machine costs the server several microseconds, and the more often
 * the slower it is. The clients of real servers are on other machines.
 *
 * @throws Error at the first answer that is not 200
 */
export async function sendJson({ url, requests, connections, bodyOf }: HttpLoad): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let next = 0
  const connection = async (): Promise<void> => {
    while (next < requests) {
      next += 1
      await post(url, agent, bodyOf(next))
    }
  }
  let isDone = false
  const stayAwake = (): void => {
    if (!isDone) setImmediate(stayAwake)
  }
  try {
    stayAwake()
    await Promise.all(Array.from({ length: connections }, connection))
  } finally {
    isDone = true
    agent.destroy()
  }
}

function post(url: string, agent: Agent, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length }
    const outgoing = request(url, { method: 'POST', agent, headers }, (incoming) => {
      incoming.on('error', reject).on('end', resolve).resume()
      if (incoming.statusCode !== 200) reject(new Error(`${url} answered ${incoming.statusCode}`))
    })
    outgoing.on('error', reject).end(body)
  })
}

/**
 * Uploads one file as a browser would, in a form.
 *
 * @returns what the server answered, and how long it took
 */
export function uploadFile(url: string, content: AsyncIterable<Uint8Array>): Promise<Upload> {
  const boundary = '----benchmark-7MA4YWxkTrZu0gW'
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n`
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${head}Content-Type: application/octet-stream\r\n\r\n`)
    yield* content
    yield Buffer.from(`\r\n--${boundary}--\r\n`)
  }
  return upload(url, `multipart/form-data; boundary=${boundary}`, body())
}

/**
 * Uploads bytes as they are.
 *
 * @returns what the server answered, and how long it took
 */
export function uploadBytes(url: string, content: AsyncIterable<Uint8Array>): Promise<Upload> {
  return upload(url, 'application/octet-stream', content)
}

/** What became of an upload. */
export interface Upload {
  answer: string
  ms: number
}

async function upload(url: string, contentType: string, body: AsyncIterable<Uint8Array>): Promise<Upload> {
  const startedMs = performance.now()
  const outgoing = request(url, { method: 'POST', headers: { 'content-type': contentType } })
  const answered = new Promise<string>((resolve, reject) => {
    outgoing.on('error', reject).on('response', (incoming) => {
      let text = ''
      incoming
        .setEncoding('utf8')
        .on('data', (chunk: string) => (text += chunk))
        .on('end', () => resolve(text))
    })
  })
  await pipeline(Readable.from(body), outgoing)
  return { answer: await answered, ms: performance.now() - startedMs }
}

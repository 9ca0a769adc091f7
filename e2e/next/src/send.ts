import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'

const CHUNK_BYTES = 64 * 1024

/** What the routes of the site that take large bodies found. */
export interface Digest {
  readonly sha256: string
  readonly sizeBytes: number
}

/**
 * Sends a large body bit by bit, as fast as it is taken, no two of its chunks alike, and waits for the answer.
 *
 * @returns the answer, and what was sent
 */
export async function sendLarge(
  url: string,
  { method, sizeBytes, headers }: { method: string; sizeBytes: number; headers: Readonly<Record<string, string>> },
): Promise<{ status: number; answer: Digest; sha256: string }> {
  const outgoing = request(url, {
    method,
    headers: { 'content-type': 'application/octet-stream', 'content-length': sizeBytes, ...headers },
  })
  const answered = once(outgoing, 'response')
  const hash = createHash('sha256')
  for (let sent = 0; sent < sizeBytes; sent += CHUNK_BYTES) {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, sizeBytes - sent), `${sent} `)
    hash.update(chunk)
    if (!outgoing.write(chunk)) await once(outgoing, 'drain')
  }
  outgoing.end()
  const [response] = await answered
  const answer: Digest = JSON.parse(Buffer.concat(await response.toArray()).toString())
  return { status: response.statusCode, answer, sha256: hash.digest('hex') }
}

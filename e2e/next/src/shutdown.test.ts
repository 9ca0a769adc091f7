import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { NEXT_VERSIONS, startSite } from './running-site.js'

const REQUESTS = 20
const BODY_BYTES = 100_000

test.each(NEXT_VERSIONS)('SIGTERM right after the last answer of %s loses no artifact', async (next) => {
  await using site = await startSite({ next })
  const bodies = Array.from({ length: REQUESTS }, () => randomBytes(BODY_BYTES))
  await Promise.all(
    bodies.map(async (body) => {
      const response = await fetch(`${site.url}/api/upload`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body,
      })
      expect(response.status).toBe(200)
      await response.arrayBuffer()
    }),
  )
  await site.end()
  // The process is gone: what has not arrived by now never will.
  const stored = await Promise.all(
    bodies.map(async (body) => {
      const sha256 = createHash('sha256').update(body).digest('hex')
      return (await fetch(`${site.serverUrl}/v1/artifacts/${sha256}`)).status
    }),
  )
  expect(stored).toEqual(bodies.map(() => 200))
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSite, type RunningSite } from './running-site.js'
import { describeSite } from './site-contract.js'
import { awaitArtifacts, chooseTrace, readBlob, REQUEST_BODY, RESPONSE_BODY } from './stored-trace.js'

describeSite('Next.js 16 with every request seen on the wire', { next: 'next-16', capture: 'all' })

describe('what only the wire shows', () => {
  let site: RunningSite
  beforeAll(async () => {
    site = await startSite({ next: 'next-16', capture: 'all' })
  })
  afterAll(() => site[Symbol.asyncDispose]())

  test('a page is stored as it was sent', async () => {
    const trace = chooseTrace()
    const response = await fetch(`${site.url}/ticket`, {
      headers: { traceparent: trace.traceparent, 'accept-encoding': 'identity' },
    })
    const page = Buffer.from(await response.arrayBuffer())
    const [body] = await awaitArtifacts(site, trace, [RESPONSE_BODY])
    expect((await readBlob(site, body!)).equals(page)).toBe(true)
    expect(body!.reference.content_type).toMatch(/^text\/html/)
  })

  test('a route that nothing wraps is stored too', async () => {
    const trace = chooseTrace()
    const sent = Buffer.from('bytes of a route that knows nothing of artifacts')
    const response = await fetch(`${site.url}/api/upload-bare`, {
      method: 'POST',
      headers: { traceparent: trace.traceparent, 'content-type': 'application/octet-stream' },
      body: sent,
    })
    expect(await response.json()).toMatchObject({ sizeBytes: sent.length })
    const [body] = await awaitArtifacts(site, trace, [REQUEST_BODY, RESPONSE_BODY])
    expect((await readBlob(site, body!)).equals(sent)).toBe(true)
  })

  test('JSON that a body parser read is stored with every blank', async () => {
    const trace = chooseTrace()
    const sent = '{ "page" : 1 }\n'
    const response = await fetch(`${site.url}/api/parsed`, {
      method: 'POST',
      headers: { traceparent: trace.traceparent, 'content-type': 'application/json' },
      body: sent,
    })
    expect(await response.json()).toEqual({ parsed: { page: 1 } })
    const [body] = await awaitArtifacts(site, trace, [REQUEST_BODY, RESPONSE_BODY])
    expect((await readBlob(site, body!)).toString()).toBe(sent)
  })
})

import { once } from 'node:events'
import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSite, type RunningSite, type SiteOptions } from './running-site.js'
import { sendLarge } from './send.js'
import {
  awaitArtifacts,
  chooseTrace,
  readBlob,
  readSpans,
  REQUEST_BODY,
  REQUEST_FILES,
  RESPONSE_BODY,
  type ChosenTrace,
  type StoredArtifact,
} from './stored-trace.js'

const MEGABYTE = 1_000_000
const UPLOAD_BYTES = 100 * MEGABYTE
const BEHIND_PROXY_BYTES = 12 * MEGABYTE
/** Any bytes that are no text. */
const PICTURE = Buffer.from(Array.from({ length: 70_000 }, (_value, index) => (index * 31) % 256))

/** Everything that must hold of the site, whoever makes its spans and whichever version of Next.js runs it. */
export function describeSite(name: string, options: SiteOptions): void {
  describe(`the site on ${name}`, () => {
    let site: RunningSite
    beforeAll(async () => {
      site = await startSite(options)
    })
    afterAll(() => site[Symbol.asyncDispose]())

    const send = (path: string, trace: ChosenTrace, init: RequestInit = {}): Promise<Response> => {
      const headers = new Headers(init.headers)
      headers.set('traceparent', trace.traceparent)
      return fetch(`${site.url}${path}`, { redirect: 'manual', ...init, headers })
    }
    const sendJson = (path: string, trace: ChosenTrace, value: unknown): Promise<Response> =>
      send(path, trace, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie: 'basket=b-7' },
        body: JSON.stringify(value),
      })
    const text = async (artifact: StoredArtifact | undefined): Promise<string> =>
      (await readBlob(site, artifact!)).toString()

    test('a route handler gets its JSON, cookie and path, and both bodies are stored', async () => {
      const trace = chooseTrace()
      const order = { lamp: 'LW-40', note: 'größer ✓' }
      const response = await sendJson('/api/json?color=green', trace, order)
      const answer = await response.text()
      expect(JSON.parse(answer)).toEqual({ order, basket: 'b-7', path: '/api/json' })

      const [requestBody, responseBody] = await awaitArtifacts(site, trace, [REQUEST_BODY, RESPONSE_BODY])
      expect(await text(requestBody)).toBe(JSON.stringify(order))
      expect(await text(responseBody)).toBe(answer)
      expect(requestBody!.reference.content_type).toMatch(/^application\/json/)
      expect(responseBody!.reference.content_type).toMatch(/^application\/json/)
    })

    test('the references are on the span of the server', async () => {
      const trace = chooseTrace()
      await (await sendJson('/api/json', trace, { a: 1 })).text()
      await awaitArtifacts(site, trace, [REQUEST_BODY, RESPONSE_BODY])
      const spans = await readSpans(site, trace.traceId)
      expect(spans.filter(({ artifacts }) => artifacts.length > 0).map(({ kind }) => kind)).toEqual(['SERVER'])
    })

    test('neither a password nor a token is stored', async () => {
      const trace = chooseTrace()
      const response = await sendJson('/api/login', trace, { user: 'ida', password: 'correct horse battery staple' })
      expect(await response.json()).toEqual({ user: 'ida', accessToken: 'a-token-that-nobody-may-see' })

      const [requestBody, responseBody] = await awaitArtifacts(site, trace, [REQUEST_BODY, RESPONSE_BODY])
      expect(JSON.parse(await text(requestBody))).toEqual({ user: 'ida', password: '[redacted]' })
      expect(JSON.parse(await text(responseBody))).toEqual({ user: 'ida', accessToken: '[redacted]' })
    })

    test('100 MB pass through a route handler and are stored whole', { timeout: 60_000 }, async () => {
      const trace = chooseTrace()
      const { status, answer, sha256 } = await sendLarge(`${site.url}/api/upload`, {
        method: 'POST',
        sizeBytes: UPLOAD_BYTES,
        headers: { traceparent: trace.traceparent },
      })
      expect({ status, answer }).toEqual({ status: 200, answer: { sha256, sizeBytes: UPLOAD_BYTES } })

      const [requestBody] = await awaitArtifacts(site, trace, [REQUEST_BODY, RESPONSE_BODY])
      expect(requestBody!.reference).toMatchObject({ sha256, size_bytes: UPLOAD_BYTES })
      expect(requestBody!.reference).not.toHaveProperty('truncated')
      expect((await readBlob(site, requestBody!)).length).toBe(UPLOAD_BYTES)
    })

    test('a response arrives while it is made, with its status and headers, and is stored whole', async () => {
      const trace = chooseTrace()
      const response = await send('/api/stream', trace)
      expect([response.status, response.headers.get('x-kept')]).toEqual([203, 'yes'])
      const chunks: Uint8Array[] = []
      for await (const chunk of response.body!) chunks.push(chunk)
      expect(chunks.length).toBeGreaterThan(1)

      const [responseBody] = await awaitArtifacts(site, trace, [RESPONSE_BODY])
      expect((await readBlob(site, responseBody!)).equals(Buffer.concat(chunks))).toBe(true)
      expect(Buffer.concat(chunks).toString()).toMatch(/^line 1 – äöü\n[^]*line 5 – äöü\n$/)
    })

    test('a client that goes away in the middle leaves what it got until then, marked so', async () => {
      const trace = chooseTrace()
      const outgoing = get(`${site.url}/api/endless`, { headers: { traceparent: trace.traceparent } })
      const [response] = await once(outgoing, 'response')
      const [first] = await once(response, 'data')
      expect(String(first)).toContain('tick')
      outgoing.destroy()

      const [responseBody] = await awaitArtifacts(site, trace, [RESPONSE_BODY])
      expect(responseBody!.reference.truncated).toBe(true)
      expect(await text(responseBody)).toMatch(/^(?:tick\n)+$/)
      // The site goes on.
      expect((await sendJson('/api/json', chooseTrace(), {})).status).toBe(200)
    })

    test('a redirect stays one', async () => {
      const trace = chooseTrace()
      const response = await sendJson('/api/redirect', trace, { to: '/ticket' })
      expect([response.status, response.headers.get('location')]).toEqual([307, '/ticket'])
      const [requestBody] = await awaitArtifacts(site, trace, [REQUEST_BODY])
      expect(await text(requestBody)).toBe('{"to":"/ticket"}')
    })

    test('notFound() stays a 404', async () => {
      const trace = chooseTrace()
      const response = await send('/api/missing', trace, { method: 'POST', body: 'anything' })
      expect(response.status).toBe(404)
      const [requestBody] = await awaitArtifacts(site, trace, [REQUEST_BODY])
      expect(await text(requestBody)).toBe('anything')
    })

    test('an error of the handler stays a 500, and the body that caused it is stored', async () => {
      const trace = chooseTrace()
      const response = await send('/api/failing', trace, { method: 'POST', body: 'a body that breaks it' })
      expect(response.status).toBe(500)
      const [requestBody] = await awaitArtifacts(site, trace, [REQUEST_BODY])
      expect(await text(requestBody)).toBe('a body that breaks it')
    })

    test('a form arrives with its file names, and its files are stored one by one', async () => {
      const trace = chooseTrace()
      const form = new FormData()
      form.append('subject', 'Lampe „kaputt“')
      form.append('photo', new Blob([PICTURE], { type: 'image/png' }), 'größe ✓ 日本.png')
      form.append('note', new Blob(['two words'], { type: 'text/plain' }), 'note.txt')
      const response = await send('/api/form?a=1', trace, {
        method: 'POST',
        body: form,
        headers: { cookie: 'basket=b-8' },
      })
      const answer = await response.text()
      expect(JSON.parse(answer)).toEqual({
        fields: [
          ['subject', 'Lampe „kaputt“'],
          ['photo', 'größe ✓ 日本.png', 'image/png', PICTURE.length],
          ['note', 'note.txt', 'text/plain', 9],
        ],
        basket: 'b-8',
        query: '?a=1',
      })

      const keys = [REQUEST_BODY, REQUEST_FILES, REQUEST_FILES, RESPONSE_BODY]
      const [fields, photo, note, responseBody] = await awaitArtifacts(site, trace, keys)
      expect(JSON.parse(await text(fields))).toEqual({ subject: 'Lampe „kaputt“' })
      expect(photo!.reference).toMatchObject({
        field: 'photo',
        filename: 'größe ✓ 日本.png',
        content_type: 'image/png',
      })
      expect((await readBlob(site, photo!)).equals(PICTURE)).toBe(true)
      expect(note!.reference).toMatchObject({ field: 'note', filename: 'note.txt' })
      expect(await text(note)).toBe('two words')
      expect(await text(responseBody)).toBe(answer)
    })

    test('a body that nobody reads is not waited for', async () => {
      const trace = chooseTrace()
      const response = await send('/api/unread', trace, { method: 'POST', body: PICTURE })
      const answer = await response.text()
      expect(JSON.parse(answer)).toEqual({ read: false })
      const { traceId } = trace
      await expect
        .poll(async () => (await readSpans(site, traceId)).flatMap(({ artifacts }) => artifacts), { timeout: 20_000 })
        .toContainEqual(expect.objectContaining({ key: RESPONSE_BODY, state: 'ready' }))
      // Either nothing is claimed about it, or what is claimed says that it is not whole.
      const claims = (await readSpans(site, traceId))
        .flatMap(({ artifacts }) => artifacts)
        .filter(({ key, reference }) => key === REQUEST_BODY && reference.size_bytes < PICTURE.length)
      expect(claims.filter(({ reference }) => reference.truncated !== true)).toEqual([])
    })

    test('what a proxy cuts off 12 MB is known to be missing', async () => {
      const trace = chooseTrace()
      const { status, answer } = await sendLarge(`${site.url}/api/behind-proxy`, {
        method: 'POST',
        sizeBytes: BEHIND_PROXY_BYTES,
        headers: { traceparent: trace.traceparent },
      })
      expect(status).toBe(200)
      const { sizeBytes, sha256 } = answer

      const [requestBody] = await awaitArtifacts(site, trace, [REQUEST_BODY, RESPONSE_BODY])
      // What the application got is what is stored, and whether that was all is said.
      expect(requestBody!.reference).toMatchObject({ sha256, size_bytes: sizeBytes })
      expect(requestBody!.reference.truncated ?? false).toBe(sizeBytes < BEHIND_PROXY_BYTES)
      expect((await readBlob(site, requestBody!)).length).toBe(sizeBytes)
    })

    test('a server action with two files stores both', async () => {
      const trace = chooseTrace()
      const page = await (await fetch(`${site.url}/ticket`)).text()
      const form = new FormData()
      // What a browser without a script sends.
      for (const [, name, value] of page.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g)) {
        form.append(name!, value?.replaceAll('&quot;', '"') ?? '')
      }
      form.append('subject', 'Two files')
      form.append('files', new Blob([PICTURE], { type: 'image/png' }), 'one ä.png')
      form.append('files', new Blob(['a,b\n1,2\n'], { type: 'text/csv' }), 'two.csv')
      const response = await send('/ticket', trace, { method: 'POST', body: form, headers: { origin: site.url } })
      expect(response.status).toBe(303)
      expect(decodeURIComponent(response.headers.get('location')!)).toContain('one ä.png:70000,two.csv:8')

      const [one, two] = await awaitArtifacts(site, trace, [REQUEST_FILES, REQUEST_FILES], { others: [REQUEST_BODY] })
      expect(one!.reference).toMatchObject({ field: 'files', filename: 'one ä.png', content_type: 'image/png' })
      expect((await readBlob(site, one!)).equals(PICTURE)).toBe(true)
      expect(two!.reference).toMatchObject({ field: 'files', filename: 'two.csv' })
      expect(await text(two)).toBe('a,b\n1,2\n')
    })

    test('the Pages API with its body parser stores what came in and went out', async () => {
      const trace = chooseTrace()
      const response = await sendJson('/api/parsed', trace, { page: 1, name: 'äöü' })
      const answer = await response.text()
      expect([response.status, answer]).toEqual([201, '{"parsed":{"page":1,"name":"äöü"}}'])
      const [requestBody, responseBody] = await awaitArtifacts(site, trace, [REQUEST_BODY, RESPONSE_BODY])
      expect(await text(requestBody)).toBe('{"page":1,"name":"äöü"}')
      expect(await text(responseBody)).toBe(answer)
    })

    test('the Pages API without a body parser stores the very bytes', async () => {
      const trace = chooseTrace()
      const response = await send('/api/raw', trace, {
        method: 'POST',
        headers: { 'content-type': 'image/png' },
        body: PICTURE,
      })
      expect([response.status, await response.json()]).toEqual([202, { sizeBytes: PICTURE.length }])
      const [requestBody] = await awaitArtifacts(site, trace, [REQUEST_BODY, RESPONSE_BODY])
      expect((await readBlob(site, requestBody!)).equals(PICTURE)).toBe(true)
    })

    test('a trace that nobody keeps leaves nothing', async () => {
      const before = await storedDigests()
      const trace = chooseTrace({ sampled: false })
      const response = await sendJson('/api/json', trace, { unsampled: true })
      expect(response.status).toBe(200)
      await response.text()
      // What was sent later has arrived, so what was sent before would have.
      const next = chooseTrace()
      await (await sendJson('/api/json', next, { sampled: true })).text()
      const kept = await awaitArtifacts(site, next, [REQUEST_BODY, RESPONSE_BODY])
      expect(await readSpans(site, trace.traceId)).toEqual([])
      const added = [...(await storedDigests())].filter((digest) => !before.has(digest))
      expect(new Set(added)).toEqual(new Set(kept.map(({ reference }) => reference.sha256)))
    })

    test('Span Artifacts had nothing to complain about', () => {
      expect(site.output()).not.toMatch(/artifact/i)
    })

    async function storedDigests(): Promise<Set<string>> {
      const response = await fetch(`${site.serverUrl}/v1/artifacts?limit=100`)
      const { artifacts }: { artifacts: { sha256: string }[] } = JSON.parse(await response.text())
      return new Set(artifacts.map(({ sha256 }) => sha256))
    }
  })
}

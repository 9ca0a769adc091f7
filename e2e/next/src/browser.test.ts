import { randomBytes } from 'node:crypto'
import { launchBrowser, openPage } from '@span-artifacts/test-support/browser'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NEXT_VERSIONS, startSite, type RunningSite } from './running-site.js'
import { awaitArtifacts, chooseTrace, readBlob, REQUEST_BODY, REQUEST_FILES, RESPONSE_BODY } from './stored-trace.js'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

describe.each(NEXT_VERSIONS)('a real browser on the site with %s', (next) => {
  let site: RunningSite
  beforeAll(async () => {
    site = await startSite({ next })
  })
  afterAll(() => site[Symbol.asyncDispose]())

  test('sends two files to a server action, which its script calls', async () => {
    await using watched = await openPage(browser)
    const { page, problems } = watched
    await page.goto(`${site.url}/ticket`)
    await page.getByLabel('Subject').fill('Größe')
    const picture = randomBytes(300_000)
    await page.getByLabel('Files').setInputFiles([
      { name: 'Foto größer.png', mimeType: 'image/png', buffer: picture },
      { name: 'log.txt', mimeType: 'text/plain', buffer: Buffer.from('one line') },
    ])
    const trace = chooseTrace()
    await page.setExtraHTTPHeaders({ traceparent: trace.traceparent })
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Foto größer.png:300000,log.txt:8').waitFor()

    const [photo, log] = await awaitArtifacts(site, trace, [REQUEST_FILES, REQUEST_FILES], { others: [REQUEST_BODY] })
    expect(photo!.reference).toMatchObject({ field: 'files', filename: 'Foto größer.png', content_type: 'image/png' })
    expect((await readBlob(site, photo!)).equals(picture)).toBe(true)
    expect((await readBlob(site, log!)).toString()).toBe('one line')
    expect(problems).toEqual([])
  })

  test('reads a streamed response while it comes', async () => {
    await using watched = await openPage(browser)
    const { page } = watched
    await page.goto(`${site.url}/ticket`)
    const trace = chooseTrace()
    const chunks = await page.evaluate(
      async ([url, traceparent]) => {
        const response = await fetch(url!, { headers: { traceparent: traceparent! } })
        const texts: string[] = []
        for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) texts.push(chunk)
        return texts
      },
      [`${site.url}/api/stream`, trace.traceparent],
    )
    expect(chunks.length).toBeGreaterThan(1)
    const [body] = await awaitArtifacts(site, trace, [RESPONSE_BODY])
    expect((await readBlob(site, body!)).toString()).toBe(chunks.join(''))
  })

  test('uploads with a progress that it sees', async () => {
    await using watched = await openPage(browser)
    const { page } = watched
    await page.goto(`${site.url}/ticket`)
    const trace = chooseTrace()
    const sizeBytes = 5_000_000
    const { answer, steps } = await page.evaluate(
      ([url, traceparent, size]) =>
        new Promise<{ answer: string; steps: number[] }>((resolve) => {
          const request = new XMLHttpRequest()
          const steps: number[] = []
          request.open('POST', url)
          request.setRequestHeader('traceparent', traceparent)
          request.upload.addEventListener('progress', ({ loaded }) => steps.push(loaded))
          request.addEventListener('load', () => resolve({ answer: request.responseText, steps }))
          request.send(new Blob([new Uint8Array(size).fill(7)], { type: 'application/octet-stream' }))
        }),
      [`${site.url}/api/upload`, trace.traceparent, sizeBytes] as const,
    )
    expect(steps.at(-1)).toBe(sizeBytes)
    const [body] = await awaitArtifacts(site, trace, [REQUEST_BODY, RESPONSE_BODY])
    expect(body!.reference).toMatchObject({ sha256: JSON.parse(answer).sha256, size_bytes: sizeBytes })
  })

  test('follows a redirect', async () => {
    await using watched = await openPage(browser)
    const { page } = watched
    await page.goto(`${site.url}/ticket`)
    const reached = await page.evaluate(async (url) => {
      const response = await fetch(url, { method: 'POST', body: '{"to":"/ticket?received=redirected"}' })
      return response.url
    }, `${site.url}/api/redirect`)
    expect(reached).toBe(`${site.url}/ticket?received=redirected`)
  })
})

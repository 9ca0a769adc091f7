import { launchBrowser, openPage, type WatchedPage } from '@span-artifacts/test-support/browser'
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Exchange } from '../traffic/exchange.js'
import { sendSampleTraffic, TICKET_FIELDS } from '../traffic/sample-traffic.js'
import { loadSamples } from '../traffic/samples.js'
import { awaitTrace } from '../verification/await-trace.js'
import { arrivalDeadline, startDemo, type RunningDemo } from './running-demo.js'

/** Loading is quick; this is for a machine that is busy with something else. */
const SOON = { timeout: 10_000 }

/** How wide a picture is, in its own pixels; 0 while it is not drawn. */
const pictureWidth = (picture: Locator): Promise<number> =>
  picture.evaluate((element: unknown) => {
    const image = Object(element)
    return Reflect.get(image, 'complete') === true ? Number(Reflect.get(image, 'naturalWidth')) : 0
  })

/** How long a sound is, in seconds; not a number while that is not known. */
const soundSeconds = (sound: Locator): Promise<number> =>
  sound.evaluate((element: unknown) => Number(Reflect.get(Object(element), 'duration')))

describe('the viewer of a running demo, in a real browser', () => {
  let demo: RunningDemo
  let exchanges: Exchange[]
  let browser: Browser

  beforeAll(async () => {
    demo = await startDemo()
    exchanges = await sendSampleTraffic(demo.helpDesk.url, await loadSamples())
    const deadline = arrivalDeadline()
    await Promise.all(exchanges.map((each) => awaitTrace(demo.server, each, { deadline })))
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await demo[Symbol.asyncDispose]()
  })

  const traceIdOf = (title: string): string => exchanges.find((each) => each.title === title)!.traceId
  /** Opens a span of a trace, and finds one of its artifacts. */
  const openArtifact = async (
    { page }: WatchedPage,
    traceId: string,
    spanName: string,
    artifact: string,
  ): Promise<Locator> => {
    await page.goto(`${demo.server.url}/traces/${traceId}`)
    await page.getByRole('treeitem').filter({ hasText: spanName }).first().click()
    const card = page.getByRole('article', { name: artifact, exact: true })
    await card.scrollIntoViewIfNeeded()
    return card
  }
  test('lists every trace of the traffic, and leads from there to the photo', async () => {
    await using watched = await openPage(browser)
    const { page } = watched
    await page.goto(demo.server.url)
    const traceId = traceIdOf('POST /tickets')
    for (const each of exchanges) await page.locator(`a[href="/traces/${each.traceId}"]`).waitFor()
    await page.locator(`a[href="/traces/${traceId}"]`).click()
    // The trace opens at its first span with artifacts, which the address then names.
    await page.waitForURL(({ pathname }) => pathname === `/traces/${traceId}`)
    await page.getByRole('heading', { level: 1, name: 'POST /tickets' }).waitFor()
    // The overview of the trace leads to the span.
    await page.getByRole('button', { name: /^broken-lamp\.jpg/ }).click()
    const photo = page.getByRole('article', { name: 'broken-lamp.jpg' }).getByRole('img').first()
    await expect.poll(() => pictureWidth(photo), SOON).toBe(3000)
    expect(watched.problems).toEqual([])
  })

  test('plays the voice note', async () => {
    await using watched = await openPage(browser)
    const card = await openArtifact(watched, traceIdOf('POST /tickets'), 'POST /tickets', 'voice-note.wav')
    const audio = card.locator('audio')
    await expect.poll(() => soundSeconds(audio), SOON).toBeGreaterThan(18)
    expect(await soundSeconds(audio)).toBeLessThan(20)
    expect(watched.problems).toEqual([])
  })

  test('embeds the PDF', async () => {
    await using watched = await openPage(browser)
    const card = await openArtifact(watched, traceIdOf('POST /tickets'), 'POST /tickets', 'warranty.pdf')
    const object = card.locator('object[type="application/pdf"]')
    const address = await object.getAttribute('data')
    const response = await watched.page.request.get(new URL(address!, demo.server.url).href)
    expect(response.headers()['content-type']).toBe('application/pdf')
    expect((await response.body()).subarray(0, 5).toString()).toBe('%PDF-')
    expect(watched.problems).toEqual([])
  })

  test('unfolds the JSON of a megabyte', async () => {
    await using watched = await openPage(browser)
    const title = exchanges.find((each) => each.title.endsWith('/diagnostics'))!.title
    const card = await openArtifact(watched, traceIdOf(title), 'POST /tickets/:number/diagnostics', 'Request body')
    await card.getByText('lumen-works/diagnostics').waitFor()
    await card.getByRole('button', { name: /readings/ }).click()
    await card.getByRole('button', { name: /^0/ }).last().click()
    await card.getByText('2026-06-02T06:00:00.000Z').first().waitFor()
    expect(watched.problems).toEqual([])
  })

  test('shows the fields of the form, with every character', async () => {
    await using watched = await openPage(browser)
    const card = await openArtifact(watched, traceIdOf('POST /tickets'), 'POST /tickets', 'Request body')
    await card.getByText(TICKET_FIELDS.subject).waitFor()
    expect(watched.problems).toEqual([])
  })

  test('draws the chart that the app attached to its own span', async () => {
    await using watched = await openPage(browser)
    const title = exchanges.find((each) => each.title.endsWith('/diagnostics'))!.title
    const card = await openArtifact(watched, traceIdOf(title), 'analyse diagnostics', 'chart.svg')
    await expect.poll(() => pictureWidth(card.getByRole('img').first()), SOON).toBe(960)
    expect(watched.problems).toEqual([])
  })

  test('shows the conversation with the model, with the picture in its place', async () => {
    await using watched = await openPage(browser)
    const { page } = watched
    const traceId = traceIdOf('POST /tickets/T-1001/reply-suggestion')
    await page.goto(`${demo.server.url}/traces/${traceId}`)
    await page.getByRole('treeitem').filter({ hasText: 'chat measuring-tape' }).first().click()
    const question = page.locator('.message.input').last()
    await question.getByText('What do these files show?').waitFor()
    await expect.poll(() => pictureWidth(question.getByRole('img').first()), SOON).toBe(3000)
    await page.locator('.message.output').getByText('broken-lamp.jpg: image/jpeg, 3000 × 2000 pixels').waitFor()
    expect(watched.problems).toEqual([])
  })

  test('plays what the model transcribed, beside the transcript', async () => {
    await using watched = await openPage(browser)
    const { page } = watched
    await page.goto(`${demo.server.url}/traces/${traceIdOf('POST /tickets/T-1001/reply-suggestion')}`)
    await page.getByRole('treeitem').filter({ hasText: 'ai.transcribe' }).first().click()
    await expect.poll(() => soundSeconds(page.locator('.message.input audio')), SOON).toBeGreaterThan(18)
    await page.locator('.message.output').getByText('Hello, this is Marta Keller.').waitFor()
    expect(watched.problems).toEqual([])
  })

  test('shows the text that was streamed', async () => {
    await using watched = await openPage(browser)
    const title = exchanges.find((each) => each.title.endsWith('/history.txt'))!.title
    const card = await openArtifact(watched, traceIdOf(title), 'GET /tickets/:number/history.txt', 'Response body')
    await card.getByText('Ida Brandt answered').waitFor()
    expect(watched.problems).toEqual([])
  })
})

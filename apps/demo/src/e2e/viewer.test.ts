import chromium from '@sparticuz/chromium'
import { chromium as playwright, type Browser, type Locator, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Exchange } from '../traffic/exchange.js'
import { sendSampleTraffic, TICKET_FIELDS } from '../traffic/sample-traffic.js'
import { loadSamples } from '../traffic/samples.js'
import { awaitTrace } from '../verification/await-trace.js'
import { arrivalDeadline, startDemo, type RunningDemo } from './running-demo.js'

/** How wide a picture is, in its own pixels; 0 while it is not drawn. */
const pictureWidth = (picture: Locator): Promise<number> =>
  picture.evaluate<number, unknown>('(image) => (image.complete ? image.naturalWidth : 0)')

/** How long a sound is, in seconds; not a number while that is not known. */
const soundSeconds = (sound: Locator): Promise<number> => sound.evaluate<number, unknown>('(sound) => sound.duration')

describe('the viewer of a running demo, in a real browser', () => {
  let demo: RunningDemo
  let exchanges: Exchange[]
  let browser: Browser
  let page: Page
  /** Errors on the console, uncaught exceptions, violations of the content security policy. */
  let problems: string[]

  beforeAll(async () => {
    demo = await startDemo()
    exchanges = await sendSampleTraffic(demo.helpDesk.url, await loadSamples())
    const deadline = arrivalDeadline()
    await Promise.all(exchanges.map((each) => awaitTrace(demo.server, each, { deadline })))
    browser = await playwright.launch({
      executablePath: await chromium.executablePath(),
      args: [...chromium.args, '--disable-quic', '--disable-background-networking'],
    })
  })
  afterAll(async () => {
    await browser.close()
    await demo[Symbol.asyncDispose]()
  })

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1360, height: 900 } })
    problems = []
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`)
    })
    page.on('pageerror', (error) => problems.push(String(error)))
  })
  afterEach(() => page.close())

  const traceIdOf = (title: string): string => exchanges.find((each) => each.title === title)!.traceId
  /** Opens a span of a trace, and finds one of its artifacts. */
  const openArtifact = async (traceId: string, spanName: string, artifact: string): Promise<Locator> => {
    await page.goto(`${demo.server.url}/traces/${traceId}`)
    await page.getByRole('treeitem').filter({ hasText: spanName }).first().click()
    const card = page.getByRole('article', { name: artifact, exact: true })
    await card.scrollIntoViewIfNeeded()
    return card
  }
  test('lists every trace of the traffic, and leads from there to the photo', async () => {
    await page.goto(demo.server.url)
    const traceId = traceIdOf('POST /tickets')
    for (const each of exchanges) await page.locator(`a[href="/traces/${each.traceId}"]`).waitFor()
    await page.locator(`a[href="/traces/${traceId}"]`).click()
    await page.waitForURL(`**/traces/${traceId}`)
    await page.getByRole('heading', { level: 1, name: 'POST /tickets' }).waitFor()
    // The overview of the trace leads to the span.
    await page.getByRole('button', { name: 'broken-lamp.jpg' }).click()
    const photo = page.getByRole('article', { name: 'broken-lamp.jpg' }).getByRole('img').first()
    await expect.poll(() => pictureWidth(photo)).toBe(3000)
    expect(problems).toEqual([])
  })

  test('plays the voice note', async () => {
    const card = await openArtifact(traceIdOf('POST /tickets'), 'POST /tickets', 'voice-note.wav')
    const audio = card.locator('audio')
    await expect.poll(() => soundSeconds(audio)).toBeGreaterThan(18)
    expect(await soundSeconds(audio)).toBeLessThan(20)
    expect(problems).toEqual([])
  })

  test('embeds the PDF', async () => {
    const card = await openArtifact(traceIdOf('POST /tickets'), 'POST /tickets', 'warranty.pdf')
    const object = card.locator('object[type="application/pdf"]')
    const address = await object.getAttribute('data')
    const response = await page.request.get(new URL(address!, demo.server.url).href)
    expect(response.headers()['content-type']).toBe('application/pdf')
    expect((await response.body()).subarray(0, 5).toString()).toBe('%PDF-')
    expect(problems).toEqual([])
  })

  test('unfolds the JSON of a megabyte', async () => {
    const title = exchanges.find((each) => each.title.endsWith('/diagnostics'))!.title
    const card = await openArtifact(traceIdOf(title), 'POST /tickets/:number/diagnostics', 'Request body')
    await card.getByText('lumen-works/diagnostics').waitFor()
    await card.getByRole('button', { name: /readings/ }).click()
    await card.getByRole('button', { name: /^0/ }).last().click()
    await card.getByText('2026-06-02T06:00:00.000Z').first().waitFor()
    expect(problems).toEqual([])
  })

  test('shows the fields of the form, with every character', async () => {
    const card = await openArtifact(traceIdOf('POST /tickets'), 'POST /tickets', 'Request body')
    await card.getByText(TICKET_FIELDS.subject).waitFor()
    expect(problems).toEqual([])
  })

  test('draws the chart that the app attached to its own span', async () => {
    const title = exchanges.find((each) => each.title.endsWith('/diagnostics'))!.title
    const card = await openArtifact(traceIdOf(title), 'analyse diagnostics', 'chart.svg')
    await expect.poll(() => pictureWidth(card.getByRole('img').first())).toBe(960)
    expect(problems).toEqual([])
  })

  test('shows the text that was streamed', async () => {
    const title = exchanges.find((each) => each.title.endsWith('/history.txt'))!.title
    const card = await openArtifact(traceIdOf(title), 'GET /tickets/:number/history.txt', 'Response body')
    await card.getByText('Ida Brandt answered').waitFor()
    expect(problems).toEqual([])
  })
})

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { launchBrowser, openPage } from '@span-artifacts/test-support/browser'
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageDirectory } from '../package-directory.js'
import { sendFrontEndTraffic } from '../traffic/front-end-traffic.js'
import { TICKET_FIELDS } from '../traffic/sample-traffic.js'
import { loadSamples } from '../traffic/samples.js'
import { verifyExchange } from '../verification/verify-exchange.js'
import { arrivalDeadline, startDemoWithFrontEnd } from './running-demo.js'

/** Slow enough for the bar to move while somebody looks: some seconds for the photo. */
const UPLOAD_BYTES_PER_SECOND = 1_500_000

let demo: Awaited<ReturnType<typeof startDemoWithFrontEnd>>
let browser: Browser
beforeAll(async () => {
  demo = await startDemoWithFrontEnd()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  await demo[Symbol.asyncDispose]()
})

const sample = (filename: string): string => fileURLToPath(new URL(`samples/${filename}`, packageDirectory))
const progressOf = (bar: Locator): Promise<number> =>
  bar.evaluate((element: unknown) => Number(Reflect.get(Object(element), 'position')))

test('one trace shows a ticket in the front end and in the help desk, with all that was sent and answered', async () => {
  const exchanges = await sendFrontEndTraffic(demo.frontEnd.url, await loadSamples())
  const [filed] = exchanges
  for (const exchange of exchanges) {
    const { problems } = await verifyExchange(demo.server, exchange, { deadline: arrivalDeadline() })
    expect(problems).toEqual([])
  }
  const { spans } = (await demo.server.trace(filed!.traceId))!
  const servers = spans.filter(({ kind }) => kind === 'SERVER')
  expect(servers.map(({ name, artifacts }) => [name, artifacts.length])).toEqual(
    expect.arrayContaining([
      ['POST /api/tickets', 5],
      ['POST /tickets', 5],
    ]),
  )
})

test('a person files a ticket, sees it go out and the answer come, and finds the photo in its trace', async () => {
  await using watched = await openPage(browser)
  const { page, problems } = watched
  await page.goto(demo.frontEnd.url)
  await page.getByLabel('Your name').fill(TICKET_FIELDS.name)
  await page.getByLabel('E-mail').fill(TICKET_FIELDS.email)
  await page.getByLabel('Subject').fill(TICKET_FIELDS.subject)
  await page.getByLabel('What happened').fill(TICKET_FIELDS.description)
  await page.getByLabel('Photo').setInputFiles(sample('broken-lamp.jpg'))
  await page.getByLabel('Voice note').setInputFiles(sample('voice-note.wav'))

  const network = await page.context().newCDPSession(page)
  await network.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: UPLOAD_BYTES_PER_SECOND,
  })
  await page.getByRole('button', { name: 'File the ticket' }).click()
  const bar = page.getByRole('progressbar', { name: 'Upload' })
  await bar.waitFor()
  const seen = await progressOf(bar)
  await expect.poll(() => progressOf(bar)).toBeGreaterThan(seen)

  const title = page.getByRole('heading', { name: new RegExp(`^T-\\d+: ${TICKET_FIELDS.subject}`) })
  await title.waitFor()
  const number = /T-\d+/.exec(await title.innerText())![0]
  await page.getByRole('link', { name: 'broken-lamp.jpg' }).waitFor()
  await page.getByRole('complementary', { name: 'Recent tickets' }).getByText(number).waitFor()

  // Both spans of the trace have the photo.
  await page.getByRole('link', { name: /in its trace/ }).click()
  await page.waitForURL(({ pathname }) => pathname.startsWith('/traces/'))
  await page
    .getByRole('button', { name: /broken-lamp\.jpg/ })
    .first()
    .click()
  const photo = page.getByRole('article', { name: 'broken-lamp.jpg' }).getByRole('img').first()
  await expect
    .poll(() => photo.evaluate((image: unknown) => Number(Reflect.get(Object(image), 'naturalWidth'))), {
      timeout: 10_000,
    })
    .toBe(3000)
  expect(problems).toEqual([])
})

test('a person learns what is wrong with the form, and keeps what was written', async () => {
  await using watched = await openPage(browser)
  const { page } = watched
  await page.goto(demo.frontEnd.url)
  await page.getByLabel('Your name').fill(TICKET_FIELDS.name)
  await page.getByLabel('E-mail').fill('marta@keller')
  await page.getByLabel('Subject').fill(TICKET_FIELDS.subject)
  await page.getByLabel('What happened').fill(TICKET_FIELDS.description)
  await page.getByRole('button', { name: 'File the ticket' }).click()
  await page.getByRole('alert').getByText('This could not be filed.').waitFor()
  await page.getByText('Give an e-mail address that we can answer to.').waitFor()
  expect(await page.getByLabel('Subject').inputValue()).toBe(TICKET_FIELDS.subject)
})

test('its build had nothing to warn of, with packages that are linked and not installed', async () => {
  const log = await readFile(new URL('../web/.next/build.log', packageDirectory), 'utf8')
  expect(log).toMatch(/✓ Compiled successfully/)
  // Next.js itself says this of a first build in continuous integration.
  const rest = log.replace(/^ *⚠ No build cache found\. Please configure build caching for faster rebuilds\..*$/m, '')
  expect(rest).not.toMatch(/⚠|warn|error|failed/i)
})

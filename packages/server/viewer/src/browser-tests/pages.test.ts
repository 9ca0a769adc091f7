import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, openPage } from '@span-artifacts/test-support/browser'
import { startTestServer, type RunningServer } from '../test-fixtures/running-server.js'
import { chart } from '../test-fixtures/samples.js'
import { attributeFor, newSpanId, newTraceId, sendSpans, store } from '../test-fixtures/store.js'

const tokens = { read: 'reader-0123456789-0123456789-012345', write: 'writer-0123456789-0123456789-012345' }

let open: RunningServer
let locked: RunningServer
let browser: Browser

beforeAll(async () => {
  ;[open, locked, browser] = await Promise.all([startTestServer(), startTestServer({ tokens }), launchBrowser()])
})

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([open?.stop(), locked?.stop()])
})

/** Stores a trace of one span. */
async function sendTrace(server: RunningServer, name: string, startMs: number, attributes = {}): Promise<string> {
  const traceId = newTraceId()
  await sendSpans(server, traceId, { startMs, spans: [{ id: newSpanId(), name, from: 0, to: 12, attributes }] })
  return traceId
}

describe('the list of traces', () => {
  test('tells an empty server’s first visitor what to do, then shows the trace as it arrives', async () => {
    const server = await startTestServer()
    try {
      const { page, problems } = await openPage(browser)
      await page.goto(server.url)
      await page.getByRole('heading', { name: 'No traces yet' }).waitFor()
      await page.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${server.url}`).waitFor()
      await sendTrace(server, 'the first one', Date.now())
      await page.getByRole('link', { name: 'the first one' }).waitFor()
      expect(problems).toEqual([])
    } finally {
      await server.stop()
    }
  })

  test('is newest first, has pictures, filters, loads older ones, and opens a trace', async () => {
    const picture = await store(open, chart)
    const now = Date.now()
    for (let index = 0; index < 60; index += 1) {
      await sendTrace(open, `GET /items/${index}`, now - 3_600_000 - index * 1000)
    }
    const traceId = await sendTrace(open, 'POST /charts', now - 60_000, { chart: attributeFor(picture) })
    const { page, problems } = await openPage(browser)
    await page.goto(open.url)
    const rows = page.locator('.traces tbody tr')
    await rows.first().waitFor()
    expect(await rows.first().textContent()).toMatch(/POST \/charts.*shop.*1.*12 ms.*1.*1 min ago/s)
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.thumbnail img')?.naturalWidth === 640)
    expect(await rows.count()).toBe(50)
    await page.getByRole('button', { name: 'Load older traces' }).click()
    await page.getByRole('link', { name: 'GET /items/59' }).waitFor()
    expect(await rows.count()).toBe(61)

    await page.keyboard.press('/')
    await page.keyboard.type('items/5 shop')
    await page.getByText('11 of 61 loaded traces').waitFor()
    const search = page.getByRole('searchbox')
    await search.fill(traceId)
    await search.press('Enter')
    await page.waitForURL(`${open.url}/traces/${traceId}`)
    await page.getByRole('heading', { level: 1, name: 'POST /charts' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: 'Traces' }).waitFor()
    expect(problems).toEqual([])
  })

  test('can be paused and refreshed by hand', async () => {
    const { page } = await openPage(browser)
    await page.goto(open.url)
    await page.locator('.traces').waitFor()
    await page.getByRole('button', { name: 'Live' }).click()
    await page.getByRole('button', { name: 'Paused' }).waitFor()
    await sendTrace(open, 'seen after a refresh', Date.now())
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByRole('link', { name: 'seen after a refresh' }).waitFor()
    expect(await page.locator('.traces tbody tr').first().textContent()).toContain('seen after a refresh')
  })
})

describe('when something is wrong', () => {
  test('an unknown trace is said to be unknown, and found once it has arrived', async () => {
    const traceId = newTraceId()
    const { page } = await openPage(browser)
    await page.goto(`${open.url}/traces/${traceId}`)
    await page.getByText('There is no such trace here').waitFor()
    await sendSpans(open, traceId, { startMs: Date.now(), spans: [{ name: 'late', from: 0, to: 1 }] })
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { level: 1, name: 'late' }).waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  test('an address that names nothing leads back to the list', async () => {
    const { page } = await openPage(browser)
    await page.goto(`${open.url}/traces/not-a-trace-id`)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    await page.getByRole('link', { name: 'See all traces' }).click()
    await page.getByRole('heading', { level: 1, name: 'Traces' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
  })

  test('a server that has gone away is reported, and what was shown stays', async () => {
    const server = await startTestServer()
    await sendTrace(server, 'still here', Date.now())
    const { page } = await openPage(browser)
    await page.goto(server.url)
    await page.getByRole('link', { name: 'still here' }).waitFor()
    await server.stop()
    await page.getByRole('button', { name: 'Refresh' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('The server cannot be reached').waitFor()
    await alert.getByRole('button', { name: 'Try again' }).waitFor()
    expect(await page.getByRole('link', { name: 'still here' }).isVisible()).toBe(true)
  })
})

describe('logging in', () => {
  test('a token opens the page that was asked for, with its pictures; logging out closes it', async () => {
    const picture = await store(locked, chart)
    const traceId = await sendTrace(locked, 'secret chart', Date.now() - 3_600_000, { chart: attributeFor(picture) })
    const { page, problems } = await openPage(browser)
    await page.goto(`${locked.url}/traces/${traceId}`)
    const field = page.getByLabel('Read token')
    await field.fill(tokens.read)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { level: 1, name: 'secret chart' }).waitFor()
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.strip-card img')?.naturalWidth === 640)
    // The token is nowhere that a script could read it.
    const kept = await page.evaluate(() => document.cookie + JSON.stringify([localStorage, sessionStorage]))
    expect(kept).not.toContain(tokens.read)
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('Read token').waitFor()
    expect(await page.getByText('secret chart').count()).toBe(0)
    expect(problems).toEqual([])
    await page.reload()
    await page.getByLabel('Read token').waitFor()
  })

  test('a wrong token, and one that may only write, are refused with the reason', async () => {
    const { page } = await openPage(browser)
    await page.goto(locked.url)
    await page.getByLabel('Read token').fill('sa_v1_r_unknown')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('alert').getByText('This token is not known here').waitFor()
    await page.getByLabel('Read token').fill(tokens.write)
    await page.getByRole('alert').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('alert').getByText('This token may write, not read').waitFor()
    expect(await page.context().cookies()).toEqual([])
  })

  test('a session that ends while the page is open leads to the log-in', async () => {
    const traceId = await sendTrace(locked, 'behind the session', Date.now() - 3_600_000)
    const { page } = await openPage(browser)
    await page.goto(`${locked.url}/traces/${traceId}`)
    await page.getByLabel('Read token').fill(tokens.read)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { level: 1, name: 'behind the session' }).waitFor()
    await page.context().clearCookies()
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByLabel('Read token').fill(tokens.read)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { level: 1, name: 'behind the session' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/traces/${traceId}`)
  })
})

describe('light and dark', () => {
  test('follow the system, until one is chosen', async () => {
    const { page } = await openPage(browser, { colorScheme: 'dark' })
    await page.goto(open.url)
    const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const dark = await background()
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await background()
    expect(light).not.toBe(dark)
    await page.getByRole('button', { name: 'Switch to dark' }).click()
    expect(await background()).toBe(dark)
    await page.reload()
    await page.getByRole('button', { name: 'Switch to light' }).waitFor()
    expect(await background()).toBe(dark)
  })
})

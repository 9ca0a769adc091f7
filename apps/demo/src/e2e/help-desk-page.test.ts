import { fileURLToPath } from 'node:url'
import { launchBrowser, openPage } from '@span-artifacts/test-support/browser'
import { expect, test } from 'vitest'
import { packageDirectory } from '../package-directory.js'
import { REQUEST_FILES_KEY } from '../traffic/exchange.js'
import { TICKET_FIELDS } from '../traffic/sample-traffic.js'
import { loadSamples } from '../traffic/samples.js'
import { arrivalDeadline, startDemo } from './running-demo.js'

test('a ticket that a person files in a browser arrives with its photo', async () => {
  await using demo = await startDemo()
  const browser = await launchBrowser()
  try {
    const { page, problems } = await openPage(browser)
    await page.goto(demo.helpDesk.url)
    for (const name of ['name', 'email', 'subject', 'description'] as const) {
      await page.locator(`[name="${name}"]`).fill(TICKET_FIELDS[name])
    }
    await page.getByLabel('Photo').setInputFiles(fileURLToPath(new URL('samples/broken-lamp.jpg', packageDirectory)))
    await page.getByRole('button', { name: 'File the ticket' }).click()
    await page.getByRole('heading', { name: 'Ticket T-1001' }).waitFor()
    const address = await page.getByRole('link', { name: /in its trace/ }).getAttribute('href')

    const traceId = address!.split('/').at(-1)!
    const { photo } = await loadSamples()
    await expect
      .poll(
        async () => {
          const artifacts = (await demo.server.trace(traceId))?.spans.flatMap((span) => span.artifacts) ?? []
          // The empty inputs of the form for the voice note and the warranty leave nothing.
          const files = artifacts.filter(({ key }) => key === REQUEST_FILES_KEY)
          return Promise.all(
            files.map(async ({ reference }) => (await demo.server.blob(reference.sha256))?.equals(photo.bytes)),
          )
        },
        { timeout: arrivalDeadline() - Date.now() },
      )
      .toEqual([true])
    expect(problems).toEqual([])
  } finally {
    await browser.close()
  }
})

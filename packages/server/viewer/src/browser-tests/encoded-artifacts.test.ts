import { readFile } from 'node:fs/promises'
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { launchBrowser, type WatchedPage } from '@span-artifacts/test-support/browser'
import type { Browser, Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ArtifactReference } from '../api/contract.js'
import { openArtifact } from '../test-fixtures/open-artifact.js'
import { startTestServer, type RunningServer } from '../test-fixtures/running-server.js'
import { chart, tone } from '../test-fixtures/samples.js'
import { store } from '../test-fixtures/store.js'

const patience = { timeout: 10_000 }
const mebibyte = 1024 * 1024

let server: RunningServer
let browser: Browser

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer(), launchBrowser()])
})

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

interface EncodedSample {
  readonly bytes: Buffer
  readonly contentType: string
  readonly filename: string
  readonly reference: Partial<ArtifactReference>
}

async function open(sample: EncodedSample): Promise<WatchedPage & { card: Locator }> {
  const { bytes, contentType, filename } = sample
  const stored = await store(server, { bytes: new Uint8Array(bytes), contentType, filename })
  return openArtifact({ server, browser }, { ...stored, ...sample.reference })
}

async function download({ page, card }: WatchedPage & { card: Locator }, name: string): Promise<Buffer> {
  const downloading = page.waitForEvent('download')
  await card.getByRole('link', { name }).first().click()
  return readFile(await (await downloading).path())
}

const json = '{"unpacked": "žluťoučký kůň"}'

describe('what its sender compressed is shown as it was before', () => {
  test.each([
    ['gzip', gzipSync(json)],
    ['deflate', deflateSync(json)],
    ['br', brotliCompressSync(json)],
    ['zstd', zstdCompressSync(json)],
    ['gzip, br', brotliCompressSync(gzipSync(json))],
  ])('JSON in %s, which can be saved decoded and as it was sent', async (contentEncoding, bytes) => {
    const reference = { content_encoding: contentEncoding }
    const opened = await open({ bytes, contentType: 'application/json', filename: 'body.json', reference })
    await opened.card.getByText('žluťoučký kůň').waitFor()
    await opened.card.getByText(`sent as ${contentEncoding}`).waitFor()
    expect((await download(opened, 'Download decoded')).toString()).toBe(json)
    expect((await download(opened, `Download as sent (${contentEncoding}, ${bytes.length} B)`)).equals(bytes)).toBe(
      true,
    )
    expect(opened.problems).toEqual([])
  })

  test('a picture', async () => {
    const reference = { content_encoding: 'gzip' }
    const { card, problems } = await open({ ...chart, bytes: gzipSync(chart.bytes), reference })
    const image = card.locator('img')
    await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth), patience).toBe(640)
    await card.getByText('640 × 320').waitFor()
    expect(problems).toEqual([])
  })

  test('a sound, though it cannot be asked for by range', async () => {
    const reference = { content_encoding: 'zstd' }
    const sound = tone(2)
    const { card, problems } = await open({ ...sound, bytes: zstdCompressSync(sound.bytes), reference })
    const audio = card.locator('audio')
    await expect.poll(() => audio.evaluate((element: HTMLAudioElement) => element.duration), patience).toBeCloseTo(2, 1)
    expect(problems).toEqual([])
  })

  test('alone on its page, for the spans that use it say how it is encoded', async () => {
    const sample = { bytes: gzipSync(`${json}\n`), contentType: 'application/json', filename: 'alone.json' }
    const { page, card, problems } = await open({ ...sample, reference: { content_encoding: 'gzip' } })
    await card.getByRole('link', { name: 'Open alone' }).click()
    await page.getByRole('heading', { name: 'alone.json' }).waitFor()
    await page.getByText('žluťoučký kůň').waitFor()
    await page.getByRole('link', { name: 'Download decoded' }).waitFor()
    expect(problems).toEqual([])
  })

  test('as far as it goes, where it was cut off', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index * 7919} of the log`).join('\n')
    const bytes = gzipSync(lines).subarray(0, 30_000)
    const reference = { content_encoding: 'gzip', truncated: true }
    const { card, problems } = await open({ bytes, contentType: 'text/plain', filename: 'cut.log', reference })
    const shown = (await card.locator('.text-body').textContent(patience)) ?? ''
    expect(shown.length).toBeGreaterThan(bytes.length)
    expect(lines.startsWith(shown)).toBe(true)
    expect(problems).toEqual([])
  })
})

describe('what cannot be unpacked says so', () => {
  test('a bomb: the page stays alive, and shows what there is until the server stops', async () => {
    const bytes = gzipSync(Buffer.alloc(64 * mebibyte, 'boom '))
    const reference = { content_encoding: 'gzip' }
    const { page, card } = await open({ bytes, contentType: 'text/plain', filename: 'bomb.txt', reference })
    await card.getByText('boom boom').first().waitFor()
    const more = card.getByRole('button', { name: 'Load more' })
    const failure = card.getByText('The rest did not come', { exact: false })
    const answered = page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
    for (let step = 0; step < 64 && !(await failure.isVisible()); step += 1) {
      await more.or(failure).first().waitFor()
      if (await more.isEnabled()) await more.click()
    }
    await failure.waitFor()
    await answered
    expect(((await card.locator('.text-body').textContent()) ?? '').length).toBeLessThan(bytes.length * 201)
  })

  test('a bomb whose beginning gives it away is refused as a whole', async () => {
    const bytes = brotliCompressSync(Buffer.alloc(64 * mebibyte), { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } })
    const reference = { content_encoding: 'br' }
    const { card } = await open({ bytes, contentType: 'text/plain', filename: 'bomb.txt', reference })
    await card.getByText('the artifact decodes to more than', { exact: false }).waitFor()
    expect(await card.getByRole('link', { name: 'Download as sent' }).count()).toBeGreaterThan(0)
  })

  test('something else than it calls itself', async () => {
    const sample = { bytes: Buffer.from('plain words'), contentType: 'text/plain', filename: 'plain.txt' }
    const { card } = await open({ ...sample, reference: { content_encoding: 'gzip' } })
    await card.getByText('the bytes of the artifact are damaged, or not in gzip', { exact: false }).waitFor()
    expect(await card.getByRole('link', { name: 'Download as sent' }).count()).toBeGreaterThan(0)
  })

  test('in a coding that nobody knows, as it was sent', async () => {
    const sample = { bytes: Buffer.from('?secret?'), contentType: 'application/json', filename: 'odd.json' }
    const opened = await open({ ...sample, reference: { content_encoding: 'secret' } })
    await opened.card.getByText('encoded with secret, which nothing here undoes').waitFor()
    expect(await opened.card.getByRole('link', { name: 'Download decoded' }).count()).toBe(0)
    expect((await download(opened, 'Download as sent (secret, 8 B)')).toString()).toBe('?secret?')
    expect(opened.problems).toEqual([])
  })
})

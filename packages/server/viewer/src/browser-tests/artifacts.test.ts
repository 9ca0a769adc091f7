import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ArtifactReference } from '../api/contract.js'
import { launchBrowser, openPage, type WatchedPage } from '@span-artifacts/test-support/browser'
import { openArtifact as openArtifactOf, openSpan as openSpanOf } from '../test-fixtures/open-artifact.js'
import { startTestServer, type RunningServer } from '../test-fixtures/running-server.js'
import { chart, clip, report, textSample, tone } from '../test-fixtures/samples.js'
import {
  attributeFor,
  attributeForAll,
  deliver,
  newSpanId,
  newTraceId,
  referenceTo,
  register,
  sendSpans,
  store,
  type AttributeSeed,
} from '../test-fixtures/store.js'

/** How long something may take to appear. */
const patience = { timeout: 10_000 }

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

const openSpan = (attributes: Readonly<Record<string, AttributeSeed>>): Promise<WatchedPage> =>
  openSpanOf({ server, browser }, attributes)
const openArtifact = (reference: ArtifactReference): Promise<WatchedPage & { card: Locator }> =>
  openArtifactOf({ server, browser }, reference)

function cardOf(page: Page, reference: ArtifactReference): Locator {
  return page.locator(`article[data-sha256="${reference.sha256}"]`)
}

const drawnWidth = (image: Locator): Promise<number> =>
  image.evaluate((element: HTMLImageElement) => element.naturalWidth)
const duration = (audio: Locator): Promise<number> => audio.evaluate((element: HTMLAudioElement) => element.duration)

const blobAddress = (reference: ArtifactReference): string => `${server.url}/v1/artifacts/${reference.sha256}/blob`

describe('media inside the span', () => {
  test('a picture is drawn with its size, and enlarges', async () => {
    const reference = await store(server, chart)
    const { page, card, problems } = await openArtifact(reference)
    const image = card.locator('img')
    await expect.poll(() => drawnWidth(image), patience).toBe(640)
    expect(await image.getAttribute('src')).toBe(`/v1/artifacts/${reference.sha256}/blob`)
    await card.getByText('640 × 320').waitFor()
    await card.getByText('image/png').waitFor()
    await card.getByText('4.5 KiB').waitFor()
    await card.getByText(reference.sha256.slice(0, 10)).waitFor()

    await card.getByRole('button', { name: 'Enlarge chart.png' }).click()
    const enlarged = page.getByRole('dialog', { name: 'chart.png' })
    await enlarged.locator('img').waitFor()
    await page.keyboard.press('Escape')
    await enlarged.waitFor({ state: 'hidden' })
    // Escape closed the picture, not the span behind it.
    expect(await card.isVisible()).toBe(true)
    expect(problems).toEqual([])
  })

  test('a sound is loaded and has its length', async () => {
    const reference = await store(server, tone(2))
    const { card, problems } = await openArtifact(reference)
    const audio = card.locator('audio')
    await expect.poll(() => duration(audio), patience).toBeCloseTo(2, 1)
    expect(await audio.evaluate((element: HTMLAudioElement) => element.controls)).toBe(true)
    await card.getByText('2 s').waitFor()
    expect(problems).toEqual([])
  })

  test('a video is loaded and has its size', async () => {
    const reference = await store(server, clip)
    const { card, problems } = await openArtifact(reference)
    const video = card.locator('video')
    await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.videoWidth), patience).toBe(160)
    await card.getByText('160 × 90').waitFor()
    expect(problems).toEqual([])
  })

  test('a PDF is embedded from the artifact’s own address, and can be opened alone', async () => {
    const reference = await store(server, report)
    const { card, problems } = await openArtifact(reference)
    const embedded = card.locator('object[type="application/pdf"]')
    const address = await embedded.evaluate((element: HTMLObjectElement) => element.data)
    expect(address.split('#')[0]).toBe(blobAddress(reference))
    const link = card.getByRole('link', { name: 'Open in its own tab' })
    expect(await link.getAttribute('href')).toBe(`/v1/artifacts/${reference.sha256}/blob`)
    expect(problems).toEqual([])
  })

  test('an SVG is a picture and nothing more: its script does not run', async () => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40" onload="window.top.attacked = 1">
      <script>window.top.attacked = 1; fetch('/v1/traces')</script>
      <image href="http://127.0.0.1:9/pixel.png"/><rect width="60" height="40" fill="red"/></svg>`
    const reference = await store(server, textSample(svg, 'image/svg+xml', 'drawing.svg'))
    const { page, card, problems, requests } = await openArtifact(reference)
    const image = card.locator('img')
    await expect.poll(() => drawnWidth(image), patience).toBe(60)
    expect(await page.evaluate(() => 'attacked' in window)).toBe(false)
    expect(requests.filter((address) => address.includes(':9/'))).toEqual([])
    expect(requests.filter((address) => address.endsWith('/v1/traces'))).toEqual([])
    expect(problems).toEqual([])
  })

  test('a file of a type without a preview is offered with name, type and size', async () => {
    const bytes = new Uint8Array(5000).map((_, index) => (index * 7) % 256)
    const reference = await store(server, { bytes, contentType: 'application/x-weights', filename: 'model.bin' })
    const { page, card } = await openArtifact(reference)
    await card.getByText('application/x-weights').waitFor()
    const download = page.waitForEvent('download')
    await card.getByRole('link', { name: 'Download 4.9 KiB' }).first().click()
    expect((await download).suggestedFilename()).toBe('model.bin')
  })

  test('what claims to be a picture and is none says so, and can be downloaded', async () => {
    const reference = await store(server, textSample('no picture at all', 'image/png', 'fake.png'))
    const { card } = await openArtifact(reference)
    await card.getByText('The browser cannot draw this picture.').waitFor()
    expect(await card.getByRole('link', { name: 'Download 17 B' }).count()).toBeGreaterThan(0)
  })
})

describe('text and JSON', () => {
  test('a megabyte of JSON unfolds piece by piece', async () => {
    const rows = Array.from({ length: 12_000 }, (_, index) => ({
      index,
      name: `row ${index}`,
      nested: { price: index * 1.5, tags: ['a', 'b'] },
    }))
    const json = JSON.stringify({ id: '@@', active: true, nothing: null, rows }).replace('"@@"', '12345678901234567890')
    expect(json.length).toBeGreaterThan(900_000)
    const reference = await store(server, textSample(json, 'application/json', 'rows.json'))
    const { page, card, problems } = await openArtifact(reference)
    // Digits beyond what a number holds stay as they were sent.
    await card.getByText('12345678901234567890').waitFor()
    const rowsToggle = card.getByRole('button', { name: /^rows/ })
    expect(await rowsToggle.getAttribute('aria-expanded')).toBe('false')
    await rowsToggle.click()
    await card.getByRole('button', { name: 'Show 500 more of 12000' }).waitFor()
    await card.getByRole('button', { name: /^0/ }).click()
    await card.getByText('row 0', { exact: false }).first().waitFor()
    expect(await page.evaluate(() => document.querySelectorAll('.json-line').length)).toBeLessThan(150)
    await card.getByRole('button', { name: 'Show 500 more of 12000' }).click()
    await card.getByRole('button', { name: /^599/ }).waitFor()
    await card.getByRole('button', { name: 'Text', exact: true }).click()
    await card.locator('.text-body').getByText('"row 0"').waitFor()
    expect(problems).toEqual([])
  })

  test('JSON that was cut off is shown as the text that came', async () => {
    const reference = await store(server, textSample('{"a": [1, 2', 'application/json', 'cut.json'))
    const { card } = await openArtifact({ ...reference, truncated: true })
    await card.getByText('Cut off by the sender').waitFor()
    await card.getByText('truncated', { exact: true }).waitFor()
    expect(await card.locator('.text-body').textContent()).toBe('{"a": [1, 2')
  })

  test('long text loads a mebibyte at a time, by range', async () => {
    let text = ''
    for (let index = 0; text.length < 1_200_000; index += 1) text += `line ${index} of the log, žluťoučký kůň\n`
    const reference = await store(server, textSample(text, 'text/plain', 'worker.log'))
    const opened = await openSpan({})
    const ranges: string[] = []
    opened.page.on('request', (request) => {
      if (request.url().endsWith(`${reference.sha256}/blob`)) ranges.push(request.headers()['range'] ?? 'none')
    })
    await opened.page.goto(`${server.url}/artifacts/${reference.sha256}`)
    const shown = opened.page.locator('.text-body')
    await shown.getByText('line 0 of the log').first().waitFor()
    await opened.page.getByText('First 1.0 MiB of 1.3 MiB').waitFor()
    await opened.page.getByRole('button', { name: 'Load more' }).click()
    // While the rest is on its way the button is gone already: the length tells when it has come.
    await expect.poll(() => shown.evaluate((element) => element.textContent.length), patience).toBe(text.length)
    // toBe would print a megabyte of difference.
    expect((await shown.evaluate((element) => element.textContent)) === text).toBe(true)
    expect(ranges).toEqual(['bytes=0-1048575', `bytes=1048576-${reference.size_bytes - 1}`])
    expect(opened.problems).toEqual([])
  })

  test('HTML is shown as its source, whatever it says', async () => {
    const html = '<img src=x onerror="window.attacked = 1"><script>window.attacked = 1</script>'
    const reference = await store(server, textSample(html, 'text/html', 'page.html'))
    const { page, card, problems } = await openArtifact(reference)
    await card.getByText(html).waitFor()
    expect(await page.evaluate(() => 'attacked' in window)).toBe(false)
    expect(problems).toEqual([])
  })

  test('a form is shown by its fields', async () => {
    const form = textSample('name=Jan+Nov%C3%A1k&note=a%0Ab', 'application/x-www-form-urlencoded', 'form')
    const { card } = await openArtifact(await store(server, form))
    await card.getByText('Jan Novák').waitFor()
    expect(await card.locator('dd').nth(1).textContent()).toBe('a\nb')
  })

  test('an empty artifact is said to be empty', async () => {
    const { card, problems } = await openArtifact(await store(server, textSample('', 'text/plain', 'empty.txt')))
    await card.getByText('Empty.', { exact: true }).waitFor()
    expect(problems).toEqual([])
  })
})

describe('the state of an artifact', () => {
  test('dropped: the reason is told', async () => {
    const reference = referenceTo(textSample('never uploaded', 'video/mp4', 'screen.mp4'), { dropped: 'too_large' })
    const { card, problems } = await openArtifact(reference)
    await card.getByText('larger than the limit').waitFor()
    await card.getByText('too_large').waitFor()
    await card.getByText('dropped', { exact: true }).waitFor()
    expect(await card.getByRole('link').count()).toBe(0)
    expect(problems).toEqual([])
  })

  test('pending: the picture appears by itself once it has arrived', async () => {
    const reference = await register(server, { ...chart, bytes: withTrailer(chart.bytes, 'pending') })
    const { page, card } = await openArtifact(reference)
    await card.getByText('pending', { exact: true }).waitFor()
    await deliver(server, { ...chart, bytes: withTrailer(chart.bytes, 'pending') })
    const image = card.locator('img')
    await image.waitFor()
    await expect.poll(() => drawnWidth(image), patience).toBe(640)
    expect(await card.getByText('pending', { exact: true }).count()).toBe(0)
    // The overview shows it as well.
    await page.locator('.strip-card img').waitFor()
  })

  test('missing: the span refers to something that never came', async () => {
    const { card } = await openArtifact(referenceTo(textSample('lost', 'audio/wav', 'lost.wav')))
    await card.getByText('missing', { exact: true }).waitFor()
    await card.getByText('was not uploaded here').waitFor()
    expect(await card.locator('audio').count()).toBe(0)
  })
})

describe('several artifacts', () => {
  test('each tells its form field and its part in the request; the attributes point to them', async () => {
    const scan = await store(server, chart)
    const sound = await store(server, tone(1))
    const { page, problems } = await openSpan({
      'span_artifacts.http.request.files': attributeForAll([
        { ...scan, field: 'scan' },
        { ...sound, field: 'voice[]' },
      ]),
    })
    await cardOf(page, scan).getByText('Uploaded file').waitFor()
    await cardOf(page, scan).getByText('field scan').waitFor()
    await cardOf(page, sound).getByText('field voice[]').waitFor()
    const attribute = page.getByLabel('Attributes', { exact: true })
    await attribute.getByText('chart.png').waitFor()
    await attribute.getByText('tone.wav').waitFor()
    expect(problems).toEqual([])
  })

  test('the overview shows the pictures of the whole trace, filters by kind, and leads to the span', async () => {
    const picture = await store(server, chart)
    const sound = await store(server, tone(1))
    const traceId = newTraceId()
    const spans = [newSpanId(), newSpanId(), newSpanId()] as const
    await sendSpans(server, traceId, {
      startMs: Date.now() - 3_600_000,
      spans: [
        { id: spans[0], name: 'root', from: 0, to: 90 },
        { id: spans[1], parent: spans[0], name: 'draw', from: 10, to: 20, attributes: { a: attributeFor(picture) } },
        {
          id: spans[2],
          parent: spans[0],
          name: 'speak',
          from: 30,
          to: 40,
          attributes: { b: attributeFor(sound), c: attributeFor(picture) },
        },
      ],
    })
    const { page, problems } = await openPage(browser)
    await page.goto(`${server.url}/traces/${traceId}`)
    const overview = page.getByRole('region', { name: 'Artifacts of this trace' })
    const cards = overview.getByRole('listitem')
    await overview.locator('img').waitFor()
    expect(await cards.count()).toBe(2)
    await overview.getByText('×2').waitFor()
    await overview.getByRole('button', { name: 'audio 1' }).click()
    expect(await cards.count()).toBe(1)
    await cards.getByRole('button').click()
    await page.getByRole('complementary').getByRole('heading', { name: 'speak' }).waitFor()
    expect(new URL(page.url()).searchParams.get('span')).toBe(spans[2])
    expect(problems).toEqual([])
  })
})

/** A media part of a message, as the GenAI conventions have it. */
const uriPart = (reference: ArtifactReference, modality: string, uri: string): unknown => ({
  type: 'uri',
  modality,
  mime_type: reference.content_type,
  uri,
  sha256: reference.sha256,
  byte_size: reference.size_bytes,
  filename: reference.filename,
})

describe('a conversation with a model', () => {
  test('is shown with its pictures and sounds in their places', async () => {
    const picture = await store(server, chart)
    const sound = await store(server, tone(1))
    const input = [
      {
        role: 'user',
        parts: [
          { type: 'text', content: 'What is in the picture?' },
          uriPart(picture, 'image', 'https://tracker.example/never-loaded.png'),
          uriPart(sound, 'audio', `artifact:sha256:${sound.sha256}`),
          { type: 'uri', modality: 'image', uri: 'http://127.0.0.1:9/external.png' },
          {
            type: 'blob',
            modality: 'image',
            mime_type: 'image/png',
            content: Buffer.from(chart.bytes).toString('base64'),
          },
        ],
      },
    ]
    const output = [
      {
        role: 'assistant',
        parts: [
          { type: 'text', content: 'A chart <b>with</b> bars.' },
          { type: 'tool_call', id: 'call_1', name: 'measure', arguments: { unit: 'px' } },
        ],
        finish_reason: 'stop',
      },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call_1', response: { width: 640 } }] },
    ]
    const { page, problems, requests } = await openSpan({
      'gen_ai.input.messages': JSON.stringify(input),
      'gen_ai.output.messages': JSON.stringify(output),
    })
    const question = page.locator('.message.input')
    await question.getByText('What is in the picture?').waitFor()
    const image = question.locator('img')
    await expect.poll(() => drawnWidth(image), patience).toBe(640)
    expect(await image.getAttribute('src')).toBe(`/v1/artifacts/${picture.sha256}/blob`)
    await expect.poll(() => duration(question.locator('audio')), patience).toBeCloseTo(1, 1)
    await question.locator('canvas.inline-picture').waitFor()
    await question.getByText('image elsewhere, not loaded').waitFor()
    const answer = page.locator('.message.output').first()
    await answer.getByText('A chart <b>with</b> bars.').waitFor()
    await answer.getByText('measure').waitFor()
    await page.locator('.message.output').nth(1).getByText('640').waitFor()
    expect(requests.filter((address) => !address.startsWith(`${server.url}/`))).toEqual([])
    expect(problems).toEqual([])
  })
})

describe('a trace opened by its address alone', () => {
  const spans = [newSpanId(), newSpanId()] as const
  const openTrace = async (): Promise<WatchedPage> => {
    const picture = await store(server, chart)
    const traceId = newTraceId()
    await sendSpans(server, traceId, {
      startMs: Date.now() - 3_600_000,
      spans: [
        { id: spans[0], name: 'root', from: 0, to: 50 },
        { id: spans[1], parent: spans[0], name: 'draw', from: 10, to: 20, attributes: { a: attributeFor(picture) } },
      ],
    })
    const opened = await openPage(browser)
    await opened.page.goto(`${server.url}/traces/${traceId}`)
    return opened
  }

  test('shows at once what went through its first span with artifacts', async () => {
    const { page, problems } = await openTrace()
    const details = page.getByRole('complementary', { name: 'Span' })
    await details.getByRole('heading', { name: 'draw' }).waitFor()
    await expect.poll(() => drawnWidth(details.locator('article img')), patience).toBe(640)
    expect(problems).toEqual([])
  })

  test('stays closed once somebody has closed it', async () => {
    const { page } = await openTrace()
    const details = page.getByRole('complementary', { name: 'Span' })
    await details.getByRole('button', { name: 'Close' }).click()
    await details.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByRole('treeitem', { name: /draw/ }).waitFor()
    expect(await details.isVisible()).toBe(false)
    expect(new URL(page.url()).search).toBe('')
  })
})

describe('one artifact alone', () => {
  test('is shown with its facts and the spans that use it', async () => {
    const reference = await store(server, { ...chart, bytes: withTrailer(chart.bytes, 'alone') })
    const { page, card, problems } = await openArtifact(reference)
    await card.getByRole('link', { name: 'Open alone' }).click()
    await page.waitForURL(`${server.url}/artifacts/${reference.sha256}`)
    await page.getByRole('heading', { name: 'chart.png' }).waitFor()
    await page.getByText(reference.sha256, { exact: true }).waitFor()
    await page.getByText('640 × 320').waitFor()
    await page.getByRole('link', { name: 'carries artifacts' }).click()
    await page.getByRole('complementary').getByRole('heading', { name: 'carries artifacts' }).waitFor()
    expect(problems).toEqual([])
  })

  test('an unknown one is said to be unknown, and can be tried again', async () => {
    const upload = { ...chart, bytes: withTrailer(chart.bytes, 'later') }
    const { sha256 } = referenceTo(upload)
    const { page } = await openPage(browser)
    await page.goto(`${server.url}/artifacts/${sha256}`)
    await page.getByText('There is no such artifact here').waitFor()
    await store(server, upload)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'chart.png' }).waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
  })
})

/** The same picture under another digest: decoders ignore what follows the end of a PNG. */
function withTrailer(bytes: Uint8Array<ArrayBuffer>, trailer: string): Uint8Array<ArrayBuffer> {
  const tail = new TextEncoder().encode(trailer)
  const joined = new Uint8Array(bytes.length + tail.length)
  joined.set(bytes)
  joined.set(tail, bytes.length)
  return joined
}

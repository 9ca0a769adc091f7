import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, openPage } from '@span-artifacts/test-support/browser'
import { startTestServer, type RunningServer } from '../test-fixtures/running-server.js'
import { newSpanId, newTraceId, sendSpans, type SpanSeed } from '../test-fixtures/store.js'

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

const anHourAgo = (): number => Date.now() - 3_600_000

/** Sends a trace and opens it. */
async function openTrace(spans: readonly SpanSeed[], startMs: number = anHourAgo()) {
  const traceId = newTraceId()
  await sendSpans(server, traceId, { startMs, spans })
  const opened = await openPage(browser)
  await opened.page.goto(`${server.url}/traces/${traceId}`)
  const tree = opened.page.getByRole('tree')
  await tree.getByRole('treeitem').first().waitFor()
  return { ...opened, traceId, tree, details: opened.page.getByRole('complementary', { name: 'Span' }) }
}

const shownNames = (page: Page): Promise<string[]> => page.getByRole('treeitem').locator('.span-name').allTextContents()

describe('the waterfall', () => {
  test('says so when a trace has more spans than it shows', async () => {
    const spans: SpanSeed[] = Array.from({ length: 10_000 }, (_, index) => ({
      name: 'one of many',
      from: index,
      to: index + 1,
    }))
    const last = newSpanId()
    spans.push({ id: last, name: 'the last one', from: 20_000, to: 20_001 })
    const { page, traceId, problems } = await openTrace(spans)
    await page.getByText('This trace is too large to be shown whole: these are its first 10000 spans.').waitFor()
    await page.goto(`${server.url}/traces/${traceId}?span=${last}`)
    await page.getByText('The span in the address is not in this trace, or it is not among those shown.').waitFor()
    expect(problems).toEqual([])
  })

  test('shows the tree, the times and the failure', async () => {
    const [root, child] = [newSpanId(), newSpanId()]
    const { page, tree, problems } = await openTrace([
      { id: root, name: 'checkout', from: 0, to: 100, service: 'shop' },
      { id: child, parent: root, name: 'charge', from: 20, to: 80, service: 'billing', error: 'card declined' },
      { parent: child, name: 'insert', from: 30, to: 40.5, service: 'billing', kind: 3 },
      { parent: root, name: 'notify', from: 85, to: 95, service: 'shop' },
    ])
    expect(await shownNames(page)).toEqual(['checkout', 'charge', 'insert', 'notify'])
    const charge = tree.getByRole('treeitem', { name: /charge/ })
    expect(await charge.getAttribute('aria-level')).toBe('2')
    expect(await charge.getAttribute('aria-expanded')).toBe('true')
    expect(await charge.textContent()).toContain('60 ms')
    expect(await charge.textContent()).toContain('failed')
    const bar = await charge.locator('.bar').evaluate((element) => [element.style.left, element.style.width])
    expect(bar).toEqual(['20%', '60%'])
    await page.getByRole('heading', { level: 1, name: 'checkout' }).waitFor()
    expect(problems).toEqual([])
  })

  test('is walked, folded and closed with the keyboard alone', async () => {
    const [root, child] = [newSpanId(), newSpanId()]
    const { page, tree, details } = await openTrace([
      { id: root, name: 'one', from: 0, to: 100 },
      { id: child, parent: root, name: 'two', from: 10, to: 60 },
      { parent: child, name: 'three', from: 20, to: 30 },
      { parent: root, name: 'four', from: 70, to: 90, error: 'no' },
    ])
    const title = details.getByRole('heading', { level: 2 })
    await tree.focus()
    await page.keyboard.press('ArrowDown')
    await title.getByText('one').waitFor()
    await page.keyboard.press('ArrowDown')
    await title.getByText('two').waitFor()
    expect(new URL(page.url()).searchParams.get('span')).toBe(child)
    await page.keyboard.press('ArrowLeft')
    await page.waitForFunction(() => document.querySelectorAll('[role=treeitem]').length === 3)
    expect(await shownNames(page)).toEqual(['one', 'two', 'four'])
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await title.getByText('three').waitFor()
    await page.keyboard.press('e')
    await title.getByText('four').waitFor()
    await page.keyboard.press('Home')
    await title.getByText('one').waitFor()
    const active = await tree.getAttribute('aria-activedescendant')
    expect(await page.locator(`[id="${active}"]`).getAttribute('aria-selected')).toBe('true')
    await page.keyboard.press('Escape')
    await details.waitFor({ state: 'hidden' })
    expect(new URL(page.url()).search).toBe('')
  })

  test('draws parents that never came, several roots, spans without an end and clocks that differ', async () => {
    const [ghost, root] = [newSpanId(), newSpanId()]
    const { page, tree, details, problems } = await openTrace([
      { parent: ghost, name: 'orphan a', from: 40, to: 60 },
      { parent: ghost, name: 'orphan b', from: 50, to: 90 },
      { id: root, name: 'root', from: 30, to: 100 },
      { parent: root, name: 'early child', from: 10, to: 20 },
      { name: 'never ended', from: 95 },
    ])
    await page.getByText('One parent span has not been received').waitFor()
    const missing = tree.getByRole('treeitem', { name: `parent ${ghost.slice(0, 8)} not received` })
    const left = await missing.locator('.bar').evaluate((element) => parseFloat(element.style.left))
    expect(left).toBeCloseTo((30 / 90) * 100, 2)
    expect(await tree.getByRole('treeitem', { name: /early child/ }).textContent()).toContain('clock −20 ms')
    expect(await tree.getByRole('treeitem', { name: /never ended/ }).textContent()).toContain('no end received')
    await page.goto(`${page.url()}?span=${newSpanId()}`)
    await page.getByText('The span in the address is not in this trace').waitFor()
    await missing.click()
    await details.getByText('Other spans name this one as their parent').waitFor()
    expect(problems).toEqual([])
  })

  test('zooms into a time by dragging, and comes back', async () => {
    const root = newSpanId()
    const { page, tree } = await openTrace([
      { id: root, name: 'root', from: 0, to: 1000 },
      { parent: root, name: 'early', from: 10, to: 50 },
      { parent: root, name: 'late', from: 800, to: 900 },
    ])
    const late = tree.getByRole('treeitem', { name: /late/ }).locator('.bar')
    expect(await late.evaluate((element) => element.style.width)).toBe('10%')
    const box = await page.locator('.minimap').boundingBox()
    if (box === null) throw new Error('the minimap is not shown')
    await page.mouse.move(box.x + box.width * 0.5, box.y + 10)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.98, box.y + 10, { steps: 4 })
    await page.mouse.up()
    await page.getByRole('button', { name: 'Whole trace' }).waitFor()
    expect(await late.evaluate((element) => parseFloat(element.style.width))).toBeGreaterThan(20)
    // What is selected outside the shown time brings that time into view.
    await tree.getByRole('treeitem', { name: /early/ }).click()
    await tree.getByRole('treeitem', { name: /early/ }).locator('.bar').waitFor()
    await page.getByRole('button', { name: 'Whole trace' }).click()
    expect(await late.evaluate((element) => element.style.width)).toBe('10%')
  })

  test('stays usable with three thousand spans', async () => {
    const root = newSpanId()
    const spans: SpanSeed[] = [{ id: root, name: 'import', from: 0, to: 3000 }]
    for (let index = 1; index < 3000; index += 1) {
      spans.push({ parent: root, name: `step ${index}`, from: index, to: index + 0.5, attributes: { row: index } })
    }
    const { page, tree, details, problems } = await openTrace(spans)
    const rows = tree.getByRole('treeitem')
    expect(await rows.count()).toBeLessThan(100)
    await tree.focus()
    await page.keyboard.press('End')
    await details.getByRole('heading', { name: 'step 2999' }).waitFor()
    await tree.getByText('step 2999').waitFor()
    expect(await rows.count()).toBeLessThan(100)
    const search = page.getByRole('searchbox', { name: 'Find spans by name, service, attribute or id' })
    await search.fill('step 1499')
    await search.press('Enter')
    await details.getByRole('heading', { name: 'step 1499' }).waitFor()
    await tree.getByText('step 1499').waitFor()
    await page.getByRole('button', { name: 'Collapse' }).waitFor()
    // From the details back to the parent, at the very top.
    await details.getByRole('button', { name: 'import' }).click()
    await details.getByRole('heading', { name: 'import' }).waitFor()
    await page.keyboard.press('Escape')
    await tree.getByRole('treeitem', { name: /import/ }).waitFor()
    expect(problems).toEqual([])
  })

  test('takes in spans that arrive while it is open', async () => {
    const root = newSpanId()
    const { page, traceId, tree } = await openTrace(
      [{ parent: root, name: 'first to arrive', from: 5, to: 10 }],
      Date.now(),
    )
    await page.getByText('One parent span has not been received').waitFor()
    await sendSpans(server, traceId, { startMs: Date.now(), spans: [{ id: root, name: 'the root', from: 0, to: 20 }] })
    await tree.getByRole('treeitem', { name: /the root/ }).waitFor()
    await page.getByText('One parent span has not been received').waitFor({ state: 'hidden' })
    expect(await shownNames(page)).toContain('first to arrive')
  })
})

describe('the details of a span', () => {
  test('show attributes, events, links, resource and scope; nothing hostile comes to life', async () => {
    const [root, linkedTrace, linkedSpan] = [newSpanId(), newTraceId(), newSpanId()]
    const { page, tree, details, problems, requests } = await openTrace([
      {
        id: root,
        name: '<img src=x onerror=attack()> \u202Egnp.exe',
        from: 0,
        to: 50,
        kind: 2,
        ok: true,
        resource: { 'host.name': 'web-1' },
        attributes: {
          'url.bad': 'javascript:attack()',
          'url.good': 'https://shop.example/a?b=c',
          'url.tricky': 'https://bank.example@evil.example/',
          'db.text': 'SELECT 1\nFROM t',
          flags: '{"deep":{"list":[1,2,{"x":true}]}}',
          count: 7,
          words: ['a', 'b'],
        },
        events: [
          {
            name: 'exception',
            at: 25,
            attributes: { 'exception.message': 'it broke', 'exception.stacktrace': 'at x' },
          },
        ],
        links: [{ traceId: linkedTrace, spanId: linkedSpan }],
      },
    ])
    await tree.getByRole('treeitem').click()
    await details.getByRole('heading', { name: '<img src=x onerror=attack()> [U+202E]gnp.exe' }).waitFor()
    await details.getByText('server', { exact: true }).waitFor()
    await details.getByText('ok', { exact: true }).waitFor()

    await details.getByText('javascript:attack()').waitFor()
    const links = await details
      .locator('a')
      .evaluateAll((all) => all.map((link) => (link instanceof HTMLAnchorElement ? link.href : '')))
    expect(links).toEqual(['https://shop.example/a?b=c', `${server.url}/traces/${linkedTrace}?span=${linkedSpan}`])
    await details.getByText('deep').waitFor()
    await details.getByText('+25 ms').waitFor()
    await details.getByText('it broke').waitFor()
    await details.getByRole('button', { name: 'Resource' }).click()
    await details.getByText('web-1').waitFor()
    await details.getByRole('button', { name: 'Scope' }).click()
    await details.getByText('viewer-tests').waitFor()
    await details.getByText('1.2.3').waitFor()
    expect(requests.filter((address) => !address.startsWith(`${server.url}/`))).toEqual([])
    expect(await page.locator('img[src=x]').count()).toBe(0)
    expect(problems).toEqual([])
  })

  test('are reached by the address alone, and cover a small screen', async () => {
    const traceId = newTraceId()
    const [root, child] = [newSpanId(), newSpanId()]
    await sendSpans(server, traceId, {
      startMs: anHourAgo(),
      spans: [
        { id: root, name: 'root', from: 0, to: 50 },
        { id: child, parent: root, name: 'inner', from: 5, to: 10 },
      ],
    })
    const { page, problems } = await openPage(browser, { viewport: { width: 390, height: 780 } })
    await page.goto(`${server.url}/traces/${traceId}?span=${child}`)
    const details = page.getByRole('complementary', { name: 'Span' })
    await details.getByRole('heading', { name: 'inner' }).waitFor()
    expect(await details.boundingBox()).toEqual({ x: 0, y: 0, width: 390, height: 780 })
    const close = details.getByRole('button', { name: 'Close' })
    expect(await close.evaluate((element) => element === document.activeElement)).toBe(true)
    await close.click()
    await details.waitFor({ state: 'hidden' })
    // Nothing is wider than the screen.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    expect(problems).toEqual([])
  })
})

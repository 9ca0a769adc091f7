import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import packedChromium from '@sparticuz/chromium'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

/**
 * Starts a real Chromium, from the npm package that carries it. It runs with its usual security; only the sandbox of its
 * processes is off, because root, as in many containers, cannot have it.
 */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await unpackChromium(),
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
  })
}

/**
 * Unpacks the browser beside and moves it into place in one step: test files run at the same time, and the package
 * itself takes a half-written file for a finished one.
 */
async function unpackChromium(): Promise<string> {
  const home = join(tmpdir(), 'span-artifacts-chromium')
  const binary = join(home, 'chromium')
  if (existsSync(binary)) return binary
  const staging = await mkdtemp(`${home}-`)
  const usual = process.env['TMPDIR']
  process.env['TMPDIR'] = staging
  try {
    await packedChromium.executablePath()
  } finally {
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
  }
  try {
    await rename(staging, home)
  } catch (error) {
    // Another process was first.
    await rm(staging, { recursive: true, force: true })
    if (!existsSync(binary)) throw error
  }
  return binary
}

/** Less than a test may take, so that a wait in vain says what it waited for. */
const waitTimeoutMs = 10_000

/** A page, and everything that went wrong in it. */
export interface WatchedPage {
  readonly page: Page
  /** Errors on the console, uncaught exceptions and violations of the content security policy. */
  readonly problems: readonly string[]
  /** Every address that the page asked for. */
  readonly requests: readonly string[]
}

/** Opens an empty page in a context of its own: no cookies, no storage. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 850 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(waitTimeoutMs)
  const problems: string[] = []
  const requests: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('request', (request) => requests.push(request.url()))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`)
    })
  })
  return { page, problems, requests }
}

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** Less than a test may take, so that a wait in vain says what it waited for. */
const WAIT_TIMEOUT_MS = 10_000
const VIEWPORT = { width: 1360, height: 850 }

/** Runs in the page, before anything else. */
const REPORT_POLICY_VIOLATIONS = `
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error('content security policy: ' + event.violatedDirective + ' ' + event.blockedURI)
  })
`

/** A page, and everything that went wrong in it. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page
  /** Errors on the console, uncaught exceptions and violations of the content security policy. */
  readonly problems: readonly string[]
  /** Every address that the page asked for. */
  readonly requests: readonly string[]
}

/** Opens an empty page in a context of its own: no cookies, no storage. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: VIEWPORT, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(WAIT_TIMEOUT_MS)
  const problems: string[] = []
  const requests: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('request', (request) => requests.push(request.url()))
  await page.addInitScript(REPORT_POLICY_VIOLATIONS)
  return { page, problems, requests, [Symbol.asyncDispose]: () => context.close() }
}

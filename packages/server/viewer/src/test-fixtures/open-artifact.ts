import { openPage, type WatchedPage } from '@span-artifacts/test-support/browser'
import type { Browser, Locator } from 'playwright-core'
import type { ArtifactReference } from '../api/contract.js'
import type { RunningServer } from './running-server.js'
import { attributeFor, newSpanId, newTraceId, sendSpans, type AttributeSeed } from './store.js'

/** A server, and the browser that looks at it. */
export interface Viewing {
  readonly server: RunningServer
  readonly browser: Browser
}

/** A trace of one span with the attributes, opened at that span. */
export async function openSpan(
  { server, browser }: Viewing,
  attributes: Readonly<Record<string, AttributeSeed>>,
): Promise<WatchedPage> {
  const traceId = newTraceId()
  const id = newSpanId()
  // Older than what the viewer loads again by itself.
  await sendSpans(server, traceId, {
    startMs: Date.now() - 3_600_000,
    spans: [{ id, name: 'carries artifacts', from: 0, to: 20, attributes }],
  })
  const opened = await openPage(browser)
  await opened.page.goto(`${server.url}/traces/${traceId}?span=${id}`)
  return opened
}

/** A span with one artifact, and the card that shows it. */
export async function openArtifact(
  viewing: Viewing,
  reference: ArtifactReference,
): Promise<WatchedPage & { card: Locator }> {
  const opened = await openSpan(viewing, { thing: attributeFor(reference) })
  const card = opened.page.locator(`article[data-sha256="${reference.sha256}"]`)
  await card.waitFor()
  return { ...opened, card }
}

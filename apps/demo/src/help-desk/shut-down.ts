import type { Server } from 'node:http'
import { artifactClient } from '@span-artifacts/core'
import { shutdownTelemetry } from './instrumentation.js'

/** How long requests that are under way may take. */
const REQUESTS_TIMEOUT_MS = 10_000
/** How long blobs and spans may take to get out. */
const FLUSH_TIMEOUT_MS = 10_000
const IDLE_CHECK_INTERVAL_MS = 50

/**
 * Ends the help desk without losing anything: lets the requests under way end, then sends the artifacts that wait, then
 * the spans.
 */
export async function shutDown(server: Server): Promise<void> {
  await closeServer(server)
  await artifactClient().shutdown({ timeoutMs: FLUSH_TIMEOUT_MS })
  await shutdownTelemetry()
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = new Promise((resolve) => server.close(resolve))
  // A connection whose request ends after this moment would be kept alive for some seconds more.
  const idleCheck = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_INTERVAL_MS)
  const deadline = setTimeout(() => server.closeAllConnections(), REQUESTS_TIMEOUT_MS)
  await closed
  clearInterval(idleCheck)
  clearTimeout(deadline)
}

import { artifactClient, type ArtifactClient } from '@span-artifacts/core'
import { after } from 'next/server.js'
import { orAfter } from './or-after.js'

/** How long uploads may keep a function alive after its response, in milliseconds. */
const FLUSH_TIMEOUT_MS = 10_000
/** How long is waited for the end of a response that was given up or never read, in milliseconds. */
const FINISH_TIMEOUT_MS = 30_000

/** Where a platform that runs Next offers to keep a function alive. */
const REQUEST_CONTEXT = Symbol.for('@next/request-context')

/**
 * Keeps a serverless function alive until what is captured of an exchange is uploaded. Next's own `after()` runs when
 * the response is over; where there is none (Pages API), the platform's `waitUntil()` does as well. A server
 * that runs on offers neither outside of the App Router, and needs neither.
 *
 * @param finished resolves when the references are set. On abort `after()` runs before the response ends
 */
export function flushAfterResponse(finished: Promise<void>, client: ArtifactClient | undefined): void {
  const flush = async (): Promise<void> => {
    await orAfter(finished, FINISH_TIMEOUT_MS)
    try {
      await (client ?? artifactClient()).forceFlush({ timeoutMs: FLUSH_TIMEOUT_MS })
    } catch {
      // There is no client, because its configuration is wrong: the capture has said so.
    }
  }
  if (!runAfterResponse(flush)) waitUntil(flush)
}

function runAfterResponse(task: () => Promise<void>): boolean {
  try {
    // By its name: a bundler leaves out what it sees nobody use.
    after(task)
    return true
  } catch {
    // Not inside of a request of the App Router.
    return false
  }
}

function waitUntil(task: () => Promise<void>): void {
  try {
    const provider: unknown = Reflect.get(globalThis, REQUEST_CONTEXT)
    if (!hasMethod(provider, 'get')) return
    const platform: unknown = provider.get()
    if (hasMethod(platform, 'waitUntil')) platform.waitUntil(task())
  } catch {
    // A platform that fails here must not take the request with it.
  }
}

function hasMethod<Name extends string>(
  value: unknown,
  name: Name,
): value is Record<Name, (...parameters: unknown[]) => unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The site of the end-to-end tests, built with Next.js 16. */
const BUILD = fileURLToPath(new URL('../../e2e/next-16/build', import.meta.url))
const NEXT = fileURLToPath(new URL('../../e2e/next-16/node_modules/next/dist/bin/next', import.meta.url))
const LISTENING = /Local: +(http:\S+)/

export interface NextSiteOptions {
  /** Whether Span Artifacts is registered. */
  capture: boolean
  /** Where spans and artifacts go. */
  artifactServerUrl: string
}

/** A running `next start`, in a process of its own. */
export interface NextSite {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** the largest memory that it had since its start, by the kernel's own count */
  peakRssBytes(): Promise<number>
  stop(): Promise<void>
}

/**
 * Starts the built site on a free port of loopback.
 *
 * @throws Error when it ends instead of listening
 */
export async function startNextSite({ capture, artifactServerUrl }: NextSiteOptions): Promise<NextSite> {
  const child = spawn(process.execPath, [NEXT, 'start', '--port', '0', '--hostname', '127.0.0.1'], {
    cwd: BUILD,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      NO_COLOR: '1',
      SITE_TRACING: 'plain',
      SITE_ARTIFACTS: capture ? 'on' : 'off',
      SPAN_ARTIFACTS_ENDPOINT: artifactServerUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: artifactServerUrl,
    },
  })
  const ended = once(child, 'exit')
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = LISTENING.exec(line)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
  const url = await Promise.race([listening, ended.then(() => undefined)])
  if (url === undefined) throw new Error('the site did not start: is e2e/next-16 built?')

  return {
    url,
    peakRssBytes: async () => {
      const response = await fetch(`${url}/api/usage`)
      const { peakRssBytes }: { peakRssBytes: number } = JSON.parse(await response.text())
      return peakRssBytes
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

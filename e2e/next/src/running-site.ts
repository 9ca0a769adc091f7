import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startServer } from '@span-artifacts/server'

/** Spans wait this long for others before they are sent. */
const SPAN_DELAY_MS = 100
const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 15_000

/** The builds of the site, each a workspace of its own. */
export const NEXT_VERSIONS = ['next-16', 'next-15'] as const

export type NextVersion = (typeof NEXT_VERSIONS)[number]

/** Where a built site is. */
export function siteDirectory(next: NextVersion): string {
  return resolve(import.meta.dirname, '../..', next, 'build')
}

export interface SiteOptions {
  readonly next: NextVersion
  /** Who makes the spans; plain OpenTelemetry without. */
  readonly tracing?: 'plain' | 'vercel' | 'logfire'
  /** `all`: bodies are seen on the wire, of every request, in addition. */
  readonly capture?: 'all'
}

/** The built site, run by `next start`, and the server that it reports to. */
export interface RunningSite extends AsyncDisposable {
  readonly url: string
  readonly serverUrl: string
  /** Everything that the site wrote to its standard output and standard error stream. */
  output(): string
  /** Asks the site to end, as a platform does before it removes it; resolves when it has. */
  end(): Promise<void>
}

/** Starts a server and the site, each on a free port of loopback. */
export async function startSite({ next, tracing = 'plain', capture }: SiteOptions): Promise<RunningSite> {
  const directory = siteDirectory(next)
  const dataDirectory = await mkdtemp(join(tmpdir(), 'span-artifacts-next-'))
  const server = await startServer({ port: 0, dataDirectory, log: () => {} })
  // `next start` is one process: what it answers, that process answers.
  const child = spawn(
    process.execPath,
    [join(directory, '../node_modules/next/dist/bin/next'), 'start', '--port', '0', '--hostname', '127.0.0.1'],
    {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...withoutForeignSettings(process.env),
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        NO_COLOR: '1',
        SITE_TRACING: tracing,
        SITE_CAPTURE: capture ?? 'wrapped',
        SPAN_ARTIFACTS_ENDPOINT: server.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
        // Not the default of all three.
        OTEL_TRACES_SAMPLER: 'parentbased_always_on',
        OTEL_BSP_SCHEDULE_DELAY: String(SPAN_DELAY_MS),
        ...(tracing === 'logfire' && { LOGFIRE_BASE_URL: server.url, LOGFIRE_TOKEN: 'a-token-of-nobody' }),
      },
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const ended = once(child, 'close')
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await ended
    clearTimeout(deadline)
  }
  const stop = async (): Promise<void> => {
    await end()
    await server.close()
    await rm(dataDirectory, { recursive: true, force: true })
  }
  const listening = async (): Promise<string> => {
    for (;;) {
      const url = /Local: +(http:\S+)/.exec(output)?.[1]
      if (url !== undefined) return url
      await once(child.stdout, 'data', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })
    }
  }
  const url = await Promise.race([listening(), ended.then(() => undefined)])
  if (url === undefined) {
    await stop()
    throw new Error(`next start ended: ${output}`)
  }
  // Next.js takes requests before it has loaded the instrumentation. They wait for it, but on the wire they have been seen by then.
  await (await fetch(`${url}/api/usage`)).arrayBuffer()
  return { url, serverUrl: server.url, output: () => output, end, [Symbol.asyncDispose]: stop }
}

/** Settings of the person's own telemetry must not lead the site's elsewhere. */
function withoutForeignSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const FOREIGN = /^(?:OTEL|LOGFIRE|SPAN_ARTIFACTS|NEXT|VERCEL|SITE|NODE_ENV|PORT)(?:_|$)/
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !FOREIGN.test(name)))
}

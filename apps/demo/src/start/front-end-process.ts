import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { describeTakenPort } from './require-free-ports.js'
import { StartError } from './start-error.js'
import { stopChild, type ProcessEnd } from './stop-child.js'
import { tracedEnvironment } from './traced-environment.js'

const HOST = '127.0.0.1'
/** How Next.js says where it listens. */
const LISTENING = /Local: +(http:\S+)/

export interface FrontEndProcessOptions {
  readonly port: number
  /** Where traces and blobs go. */
  readonly serverUrl: string
  /** The service that tickets are handed to. */
  readonly helpDeskUrl: string
  /** More environment variables, which win. */
  readonly environment?: Readonly<Record<string, string>>
}

/** The running front end, in a process of its own. */
export interface FrontEndProcess {
  readonly url: string
  readonly process: ChildProcess
  /** Settles with the exit code, or with the signal that killed it. */
  readonly exited: Promise<ProcessEnd>
  /** Asks it to end, which it does once everything it has is sent. Kills it when that takes too long. */
  stop(): Promise<ProcessEnd>
}

/**
 * Starts the built front end with `next start`, and waits until it listens.
 *
 * @throws StartError if it cannot, naming `--web-port` where that would help
 */
export async function startFrontEnd(options: FrontEndProcessOptions): Promise<FrontEndProcess> {
  const { port, serverUrl, helpDeskUrl, environment } = options
  const site = createRequire(import.meta.url).resolve('@span-artifacts/demo-web/package.json')
  const child = fork(
    createRequire(site).resolve('next/dist/bin/next'),
    ['start', '--hostname', HOST, '--port', String(port)],
    {
      cwd: dirname(site),
      // What Next.js tells about itself is nothing for whoever runs `start`; what goes wrong in it is.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...tracedEnvironment(serverUrl),
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        // It ends by itself, when everything is sent.
        NEXT_MANUAL_SIG_HANDLE: 'true',
        HELP_DESK_URL: helpDeskUrl,
        ...environment,
      },
    },
  )
  const exited = once(child, 'exit').then(([code, signal]: (number | NodeJS.Signals | null)[]) => code ?? signal ?? 1)
  const complaints = collect(child.stderr)
  const url = await Promise.race([listening(child.stdout), exited])
  if (typeof url !== 'string' || !url.startsWith('http:')) throw new StartError(explainFailure(complaints.text(), port))
  complaints.passOn()
  return { url, process: child, exited, stop: () => stopChild(child, exited) }
}

function collect(stream: Readable | null) {
  let text = ''
  const keep = (chunk: string): void => void (text += chunk)
  stream?.setEncoding('utf8').on('data', keep)
  return {
    text: () => text,
    passOn() {
      process.stderr.write(text)
      stream?.off('data', keep).pipe(process.stderr, { end: false })
    },
  }
}

/** Reads until the address is there; what comes after it is thrown away. */
function listening(stream: Readable | null): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const url = LISTENING.exec(text)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
}

function explainFailure(complaints: string, port: number): string {
  if (complaints.includes('EADDRINUSE')) return describeTakenPort('front end', port)
  if (complaints.includes('EACCES'))
    return `Port ${port} of the front end is not allowed. Choose another with --web-port.`
  return `The front end could not start: ${complaints.trim()}`
}

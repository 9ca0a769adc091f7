import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isHelpDeskMessage, type HelpDeskMessage } from '../help-desk/parent-message.js'
import { packageDirectory } from '../package-directory.js'
import { describeTakenPort } from './require-free-ports.js'
import { StartError } from './start-error.js'

/** Longer than the help desk itself takes at most to end its requests and send what waits. */
const STOP_TIMEOUT_MS = 30_000
/** Spans wait this long for others before they are sent: little, because someone is watching. */
const SPAN_DELAY_MS = 200

/** Settings of the person's own telemetry, which must not leak into the help desk's, nor its traces to elsewhere. */
const FOREIGN_SETTINGS = /^(OTEL|LOGFIRE|SPAN_ARTIFACTS|HELP_DESK)_/

export interface HelpDeskProcessOptions {
  readonly port: number
  /** Where traces and blobs go. */
  readonly serverUrl: string
  /** More environment variables, which win. */
  readonly environment?: Readonly<Record<string, string>>
}

/** A running help desk, in a process of its own, as any watched app is. */
export interface HelpDeskProcess {
  readonly url: string
  /** Which models it uses, in a line for people. */
  readonly models: string
  readonly process: ChildProcess
  /** Settles with the exit code, or with the signal that killed it. */
  readonly exited: Promise<number | NodeJS.Signals>
  /** Asks it to end, which it does once everything it has is sent. Kills it when that takes too long. */
  stop(): Promise<number | NodeJS.Signals>
}

/**
 * Starts the help desk and waits until it listens.
 *
 * @throws StartError if it cannot, naming `--demo-port` where that would help
 */
export async function startHelpDesk(options: HelpDeskProcessOptions): Promise<HelpDeskProcess> {
  // By its own `execPath`, which is the Node that this package needs, whichever one is on the PATH.
  const child = fork(fileURLToPath(new URL('dist/help-desk.js', packageDirectory)), {
    execArgv: ['--import', new URL('dist/instrumentation.js', packageDirectory).href],
    env: environmentOf(options),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit').then(([code, signal]: (number | NodeJS.Signals | null)[]) => code ?? signal ?? 1)
  const message = await Promise.race([firstMessage(child), exited])
  if (typeof message !== 'object') {
    throw new StartError(`The help desk ended while it started (${message}). What it printed says why.`)
  }
  if (message.type === 'failed') {
    await exited
    throw new StartError(explainFailure(message, options.port))
  }
  return { url: message.url, models: message.models, process: child, exited, stop: () => stop(child, exited) }
}

function environmentOf({ port, serverUrl, environment }: HelpDeskProcessOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN_SETTINGS.test(name))
  return {
    ...Object.fromEntries(inherited),
    HELP_DESK_PORT: String(port),
    HELP_DESK_VIEWER_URL: serverUrl,
    SPAN_ARTIFACTS_ENDPOINT: serverUrl,
    OTEL_EXPORTER_OTLP_ENDPOINT: serverUrl,
    OTEL_BSP_SCHEDULE_DELAY: String(SPAN_DELAY_MS),
    ...environment,
  }
}

async function firstMessage(child: ChildProcess): Promise<HelpDeskMessage> {
  const [message]: unknown[] = await once(child, 'message')
  if (isHelpDeskMessage(message)) return message
  throw new StartError('The help desk said something that this version does not understand. Build it anew.')
}

function explainFailure({ code, message }: HelpDeskMessage & { type: 'failed' }, port: number): string {
  if (code === 'EADDRINUSE') return describeTakenPort('help desk', port)
  if (code === 'EACCES') return `Port ${port} of the help desk is not allowed. Choose another with --demo-port.`
  return `The help desk could not start: ${message}`
}

async function stop(child: ChildProcess, exited: HelpDeskProcess['exited']): Promise<number | NodeJS.Signals> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
  const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  const result = await exited
  clearTimeout(deadline)
  return result
}

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isHelpDeskMessage, type HelpDeskMessage } from '../help-desk/parent-message.js'
import { packageDirectory } from '../package-directory.js'
import { describeTakenPort } from './require-free-ports.js'
import { StartError } from './start-error.js'
import { stopChild, type ProcessEnd } from './stop-child.js'
import { tracedEnvironment } from './traced-environment.js'

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
  readonly exited: Promise<ProcessEnd>
  /** Asks it to end, which it does once everything it has is sent. Kills it when that takes too long. */
  stop(): Promise<ProcessEnd>
}

/**
 * Starts the help desk and waits until it listens.
 *
 * @throws StartError if it cannot, naming `--demo-port` where that would help
 */
export async function startHelpDesk({
  port,
  serverUrl,
  environment,
}: HelpDeskProcessOptions): Promise<HelpDeskProcess> {
  // By its own `execPath`, which is the Node that this package needs, whichever one is on the PATH.
  const child = fork(fileURLToPath(new URL('dist/help-desk.js', packageDirectory)), {
    execArgv: ['--import', new URL('dist/instrumentation.js', packageDirectory).href],
    env: { ...tracedEnvironment(serverUrl), HELP_DESK_PORT: String(port), ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit').then(([code, signal]: (number | NodeJS.Signals | null)[]) => code ?? signal ?? 1)
  const message = await Promise.race([firstMessage(child), exited])
  if (typeof message !== 'object') {
    throw new StartError(`The help desk ended while it started (${message}). What it printed says why.`)
  }
  if (message.type === 'failed') {
    await exited
    throw new StartError(explainFailure(message, port))
  }
  return { url: message.url, models: message.models, process: child, exited, stop: () => stopChild(child, exited) }
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

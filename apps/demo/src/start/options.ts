import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { packageDirectory } from '../package-directory.js'
import { StartError } from './start-error.js'

const DEFAULT_SERVER_PORT = 4319
const DEFAULT_DEMO_PORT = 3000
const MAX_PORT = 65_535
const DEFAULT_DATA_DIRECTORY = fileURLToPath(new URL('../../.span-artifacts', packageDirectory))

export const HELP = `Starts the Span Artifacts server and a help desk that is traced by it, sends the help desk some real
requests, and shows where to look at their traces. Stays up until Ctrl-C.

  pnpm start [options]

  --once              verify every artifact through the server's API, then end: 0 if all are there and right
  --server-port PORT  port of the Span Artifacts server and its viewer (default ${DEFAULT_SERVER_PORT}; 0: any free one)
  --demo-port PORT    port of the help desk (default ${DEFAULT_DEMO_PORT}; 0: any free one)
  --data DIR          where the server keeps blobs and traces (default .span-artifacts/ in this repository)
  --help              print this and end
`

export interface StartOptions {
  readonly once: boolean
  readonly serverPort: number
  readonly demoPort: number
  readonly dataDirectory: string
}

/**
 * Reads the command line.
 *
 * @returns the options, or `'help'`
 * @throws StartError naming the option that is unknown or has a wrong value
 */
export function parseStartOptions(commandLine: readonly string[]): StartOptions | 'help' {
  const values = parseValues(commandLine)
  if (values.help) return 'help'
  const data = values.data ?? DEFAULT_DATA_DIRECTORY
  if (data === '') throw new StartError('--data needs the path of a directory.')
  const serverPort = portOf('--server-port', values['server-port'], DEFAULT_SERVER_PORT)
  const demoPort = portOf('--demo-port', values['demo-port'], DEFAULT_DEMO_PORT)
  if (serverPort === demoPort && serverPort !== 0) {
    throw new StartError(`--server-port and --demo-port must differ; both are ${serverPort}.`)
  }
  return { once: values.once ?? false, serverPort, demoPort, dataDirectory: data }
}

function parseValues(commandLine: readonly string[]) {
  // Some package managers hand on the `--` that separates their own options.
  const args = commandLine[0] === '--' ? commandLine.slice(1) : [...commandLine]
  try {
    return parseArgs({
      args,
      allowPositionals: false,
      options: {
        once: { type: 'boolean' },
        'server-port': { type: 'string' },
        'demo-port': { type: 'string' },
        data: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    // The first sentence names the option; the ones after it explain how to pass it as a positional argument.
    const [reason = ''] = error instanceof Error ? error.message.split('. ') : [String(error)]
    throw new StartError(`${reason.replace(/\.$/, '')}. --help lists the options.`)
  }
}

function portOf(option: string, value: string | undefined, defaultPort: number): number {
  if (value === undefined) return defaultPort
  const port = Number(value)
  if (/^\d+$/.test(value) && port <= MAX_PORT) return port
  throw new StartError(`${option} must be a port from 0 to ${MAX_PORT}, not "${value}".`)
}

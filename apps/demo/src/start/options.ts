import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { packageDirectory } from '../package-directory.js'
import { StartError } from './start-error.js'

const DEFAULT_SERVER_PORT = 4319
const DEFAULT_DEMO_PORT = 3000
const DEFAULT_WEB_PORT = 3001
const MAX_PORT = 65_535
const DEFAULT_DATA_DIRECTORY = fileURLToPath(new URL('../../.span-artifacts', packageDirectory))

export const HELP = `Starts the Span Artifacts server, a help desk that is traced by it and the help desk's front end, sends them some
real requests, and shows where to look at their traces. Stays up until Ctrl-C.

  pnpm start [options]

  --once              verify every artifact through the server's API, then end: 0 if all are there and right
  --server-port PORT  port of the Span Artifacts server and its viewer (default ${DEFAULT_SERVER_PORT}; 0: any free one)
  --demo-port PORT    port of the help desk (default ${DEFAULT_DEMO_PORT}; 0: any free one)
  --web-port PORT     port of the front end (default ${DEFAULT_WEB_PORT}; 0: any free one)
  --data DIR          where the server keeps blobs and traces (default .span-artifacts/ in this repository)
  --help              print this and end
`

export interface StartOptions {
  readonly once: boolean
  readonly serverPort: number
  readonly demoPort: number
  readonly webPort: number
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
  const webPort = portOf('--web-port', values['web-port'], DEFAULT_WEB_PORT)
  requireDifferent([
    ['--server-port', serverPort],
    ['--demo-port', demoPort],
    ['--web-port', webPort],
  ])
  return { once: values.once ?? false, serverPort, demoPort, webPort, dataDirectory: data }
}

function requireDifferent(ports: readonly (readonly [option: string, port: number])[]): void {
  const options = new Map<number, string>()
  for (const [option, port] of ports) {
    const other = options.get(port)
    if (other !== undefined && port !== 0) throw new StartError(`${other} and ${option} must differ; both are ${port}.`)
    options.set(port, option)
  }
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
        'web-port': { type: 'string' },
        data: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    // The first sentence names the option; the ones after it explain how to pass it as a positional argument.
    const [reason = ''] = error instanceof Error ? error.message.split(/\.\s/) : [String(error)]
    throw new StartError(`${reason.replace(/\.$/, '')}. --help lists the options.`)
  }
}

function portOf(option: string, value: string | undefined, defaultPort: number): number {
  if (value === undefined) return defaultPort
  const port = Number(value)
  if (/^\d+$/.test(value) && port <= MAX_PORT) return port
  throw new StartError(`${option} must be a port from 0 to ${MAX_PORT}, not "${value}".`)
}

import { createServer } from 'node:net'
import type { StartOptions } from './options.js'
import { StartError } from './start-error.js'

const HOST = '127.0.0.1'

/** Everything that `start` makes listen, with the option that says where. */
const LISTENERS = {
  server: '--server-port',
  'help desk': '--demo-port',
  'front end': '--web-port',
} as const

type Listener = keyof typeof LISTENERS

/**
 * Looks at all ports before anything is started, so that whoever runs `start` twice learns of all at once.
 *
 * @throws StartError naming each port that is taken, and the option that changes it
 */
export async function requireFreePorts({ serverPort, demoPort, webPort }: StartOptions): Promise<void> {
  const ports: readonly (readonly [Listener, number])[] = [
    ['server', serverPort],
    ['help desk', demoPort],
    ['front end', webPort],
  ]
  const checked = await Promise.all(
    ports.map(async ([listener, port]) => ({ listener, port, taken: await isTaken(port) })),
  )
  const taken = checked.filter((each) => each.taken)
  const [first] = taken
  if (first === undefined) return
  if (taken.length === 1) throw new StartError(describeTakenPort(first.listener, first.port))
  const names = listOf(taken.map(({ listener, port }) => `${port} of the ${listener}`))
  const options = listOf(taken.map(({ listener }) => LISTENERS[listener]))
  throw new StartError(`Ports ${names} are taken. Choose others with ${options}.`)
}

/** What to say about one port that somebody else listens on. */
export function describeTakenPort(listener: Listener, port: number): string {
  return `Port ${port} of the ${listener} is taken. Choose another with ${LISTENERS[listener]}.`
}

function listOf(items: readonly string[]): string {
  return [items.slice(0, -1).join(', '), ...items.slice(-1)].filter((part) => part !== '').join(' and ')
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error) => resolve('code' in error && error.code === 'EADDRINUSE'))
    probe.listen(port, HOST, () => probe.close(() => resolve(false)))
  })
}

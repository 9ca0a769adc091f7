import { createServer } from 'node:net'
import type { StartOptions } from './options.js'
import { StartError } from './start-error.js'

const HOST = '127.0.0.1'

/**
 * Looks at both ports before anything is started, so that whoever runs `start` twice learns of both at once.
 *
 * @throws StartError naming each port that is taken, and the option that changes it
 */
export async function requireFreePorts({ serverPort, demoPort }: StartOptions): Promise<void> {
  const [isServerTaken, isDemoTaken] = await Promise.all([isTaken(serverPort), isTaken(demoPort)])
  if (isServerTaken && isDemoTaken) {
    throw new StartError(
      `Ports ${serverPort} of the server and ${demoPort} of the help desk are taken. Choose others with --server-port and --demo-port.`,
    )
  }
  if (isServerTaken) throw new StartError(describeTakenPort('server', serverPort))
  if (isDemoTaken) throw new StartError(describeTakenPort('help desk', demoPort))
}

/** What to say about one port that somebody else listens on. */
export function describeTakenPort(listener: 'server' | 'help desk', port: number): string {
  const option = listener === 'server' ? '--server-port' : '--demo-port'
  return `Port ${port} of the ${listener} is taken. Choose another with ${option}.`
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error) => resolve('code' in error && error.code === 'EADDRINUSE'))
    probe.listen(port, HOST, () => probe.close(() => resolve(false)))
  })
}

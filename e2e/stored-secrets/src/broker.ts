import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../../packages/server/bin/span-artifacts.js', import.meta.url))

/** The server in a process of its own, as it is deployed: nothing of it is traced or captured. */
export interface Broker {
  readonly url: string
  /** Everything that it wrote. */
  output(): string
  stop(): Promise<void>
}

/** Starts the server on a free port. */
export async function startBroker(dataDirectory: string): Promise<Broker> {
  const child = spawn(process.execPath, [command, 'serve', '--port', '0', '--data', dataDirectory], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const lines = createInterface({ input: child.stdout })
  const [line]: unknown[] = await once(lines, 'line')
  lines.on('line', (more) => (output += more))
  const exited = once(child, 'exit')
  return {
    url: String(line).replace('listening on ', ''),
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

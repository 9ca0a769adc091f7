import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../../bin/span-artifacts.js', import.meta.url))
const listening = /^listening on (http:\/\/\S+)$/

export interface RunningServer {
  /** Without a slash at the end. */
  readonly url: string
  /** For requests that store something; `undefined` where the server has no tokens. */
  readonly writeToken: string | undefined
  stop(): Promise<void>
}

export interface ServerSettings {
  /** With both the server asks for them; with neither it is open to this machine. */
  readonly tokens?: { readonly read: string; readonly write: string }
}

/** Starts the real server by its command line, with a data directory of its own and a free port. */
export async function startTestServer(settings: ServerSettings = {}): Promise<RunningServer> {
  const data = await mkdtemp(join(tmpdir(), 'span-artifacts-viewer-'))
  const { tokens } = settings
  const child = spawn(process.execPath, [command, 'serve', '--host', '127.0.0.1', '--port', '0', '--data', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...(tokens !== undefined && {
        SPAN_ARTIFACTS_SERVER_READ_TOKEN: tokens.read,
        SPAN_ARTIFACTS_SERVER_WRITE_TOKEN: tokens.write,
      }),
    },
  })
  const url = await readAddress(child)
  return {
    url,
    writeToken: tokens?.write,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit')
        child.kill('SIGTERM')
        await exited
      }
      await rm(data, { recursive: true, force: true })
    },
  }
}

async function readAddress(child: ChildProcess): Promise<string> {
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('the server was started without pipes')
  let complaints = ''
  stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  for await (const line of createInterface({ input: stdout })) {
    const url = listening.exec(line)?.[1]
    if (url !== undefined) {
      stdout.resume()
      return url
    }
  }
  throw new Error(`the server ended before it listened: ${complaints}`)
}

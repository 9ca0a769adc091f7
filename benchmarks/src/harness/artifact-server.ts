import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../bin/span-artifacts.js', import.meta.resolve('@span-artifacts/server')))
const LISTENING = /^listening on (http:\S+)$/

/** The real server, in a process of its own. */
export interface ArtifactServer {
  readonly url: string
  /** the digests of everything that it holds and calls ready */
  storedDigests(): Promise<Set<string>>
  /** the bytes of an artifact; undefined unless it answers 200 */
  blob(sha256: string): Promise<Buffer | undefined>
  stop(): Promise<void>
}

interface ArtifactPage {
  artifacts: { sha256: string }[]
  next_cursor: string | null
}

/**
 * Starts `span-artifacts serve` on a free port of loopback, open to every client there.
 *
 * @param dataDirectory of blobs and database
 * @throws Error when it ends instead of listening
 */
export async function startArtifactServer(dataDirectory: string): Promise<ArtifactServer> {
  const child = spawn(process.execPath, [COMMAND, 'serve', '--port', '0', '--data', dataDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const url = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => LISTENING.exec(String(line))?.[1]),
    ended.then(() => undefined),
  ])
  if (url === undefined) throw new Error('the server did not start')

  return {
    url,
    storedDigests: async () => {
      const digests = new Set<string>()
      for (let cursor: string | null = ''; cursor !== null;) {
        const response = await fetch(`${url}/v1/artifacts?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`)
        if (!response.ok) throw new Error(`the listing of artifacts answered ${response.status}`)
        const page: ArtifactPage = JSON.parse(await response.text())
        for (const { sha256 } of page.artifacts) digests.add(sha256)
        cursor = page.next_cursor
      }
      return digests
    },
    blob: async (sha256) => {
      const response = await fetch(`${url}/v1/artifacts/${sha256}/blob`)
      const bytes = Buffer.from(await response.arrayBuffer())
      return response.ok ? bytes : undefined
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

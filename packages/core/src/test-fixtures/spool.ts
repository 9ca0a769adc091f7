import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrokerStub, startBrokerStub } from '@span-artifacts/test-support'
import { beforeEach, onTestFinished } from 'vitest'
import type { ArtifactClientStats, CountsByReason } from '../accounting.js'
import { Artifact } from '../artifact.js'
import { ArtifactClient } from '../client.js'
import type { ArtifactClientOptions } from '../config.js'
import { quickRetries, WRITE_TOKEN } from './clients.js'

export const KIB = 1024

/** A directory for each test, removed afterwards. */
export interface SpoolFixture {
  readonly base: string
  /** Below `base`, and not there yet. */
  readonly spoolDirectory: string
  /** A client with a spool; shut down when the test ends, without waiting. */
  readonly startClient: (options: ArtifactClientOptions) => ArtifactClient
  /** The files below the spool whose names end so. */
  readonly files: (suffix?: string) => Promise<string[]>
}

/** To be called in a test file, outside of tests. */
export function spoolFixture(): SpoolFixture {
  let base = ''
  const spoolDirectory = (): string => join(base, 'spool')
  beforeEach(async ({ onTestFinished }) => {
    const directory = await mkdtemp(join(tmpdir(), 'client-spool-'))
    base = directory
    // What is registered first runs last: the clients of the test are shut down by then.
    onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 10 }))
  })
  return {
    get base() {
      return base
    },
    get spoolDirectory() {
      return spoolDirectory()
    },
    startClient(options) {
      const settings = { spoolDirectory: spoolDirectory(), token: WRITE_TOKEN, ...quickRetries, ...options }
      const client = new ArtifactClient(settings)
      onTestFinished(() => client.shutdown({ timeoutMs: 0 }))
      return client
    },
    async files(suffix = '.artifact') {
      const entries = await readdir(spoolDirectory(), { recursive: true, withFileTypes: true }).catch(() => [])
      const found = entries.filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
      return found.map((entry) => join(entry.parentPath, entry.name))
    },
  }
}

/** A broker that is closed when the test ends. */
export async function startBroker(): Promise<BrokerStub> {
  const broker = await startBrokerStub({ token: WRITE_TOKEN })
  onTestFinished(() => broker.close())
  return broker
}

/** Nothing listens here. */
export async function deadEndpoint(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

/** Records random bytes. */
export function record(client: ArtifactClient, sizeBytes: number): Artifact {
  const artifact = new Artifact(randomBytes(sizeBytes), { client })
  artifact.reference()
  return artifact
}

/** What is left when everything that became of the accepted artifacts is taken away: always nothing. */
export function unaccountedFor(stats: ArtifactClientStats): number {
  const { accepted, uploaded, deduplicated, dropped, failed, spooled, queued, inflight } = stats
  return accepted - uploaded - deduplicated - total(dropped) - total(failed) - spooled - queued - inflight
}

function total(counts: CountsByReason): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** The digests of what a broker has, in order. */
export async function storedDigests(broker: BrokerStub): Promise<string[]> {
  return (await broker.stored()).map(({ sha256 }) => sha256).sort()
}

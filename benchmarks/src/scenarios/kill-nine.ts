import { createHash } from 'node:crypto'
import { join } from 'node:path'
import {
  type Fault,
  readAcknowledgements,
  runCrashes,
  seededRandom,
  startFaultProxy,
} from '@span-artifacts/test-support'
import { type ArtifactServer, startArtifactServer } from '../harness/artifact-server.js'
import { atLeast, exactly, type Figure, type Scenario } from '../harness/scenario.js'
import type { ClientOptions } from '../harness/spool-options.js'
import { GIB, KIB } from '../harness/unit.js'
import { runWorker, workerPath } from '../harness/worker-process.js'
import type { DrainedSpool, DrainSpool } from '../workers/drain-spool.js'
import type { RecordUntilKilled } from '../workers/record-until-killed.js'

const KILLS = 300
const QUICK_KILLS = 20
const LIFE_MS = { min: 5, max: 400 }
const MAX_ARTIFACT_BYTES: number = 64 * KIB
const AT_ONCE = 4
const DRAIN_QUIET_MS = 5000
const DRAIN_TIMEOUT_MS = 300_000
const PROGRESS_EVERY_KILLS = 50
/** The share of exchanges that go wrong on the way to the broker, so that work piles up in every state. */
const FAULT_SHARE = 0.15

/** `kill -9` at random moments under load: what was acknowledged must be on the server in the end. */
export const killNine: Scenario = {
  name: 'kill-nine',
  title: `kill -9 at random moments under load, ${KILLS} times (with --quick ${QUICK_KILLS}), spoolEverything`,
  run: async ({ quick, seed, directory, progress }) => {
    const ledger = join(directory, 'acknowledged')
    const server = await startArtifactServer(join(directory, 'data'))
    const proxy = await startFaultProxy({ target: server.url, fault: randomFaults(seed) })
    try {
      const client: ClientOptions = {
        endpoint: proxy.url,
        spoolDirectory: join(directory, 'spool'),
        maxSpoolBytes: 8 * GIB,
        spoolEverything: true,
        retryInitialDelayMs: 20,
        retryMaxDelayMs: 200,
      }
      const parameters: RecordUntilKilled = { client, ledger, maxBytes: MAX_ARTIFACT_BYTES, atOnce: AT_ONCE }
      const kills = quick ? QUICK_KILLS : KILLS
      const report = await runCrashes({
        script: workerPath('record-until-killed'),
        arguments: [JSON.stringify(parameters)],
        kills,
        seed,
        lifeMs: LIFE_MS,
        onKill: (done) => {
          if (done % PROGRESS_EVERY_KILLS === 0) progress(`${done} kills`)
        },
      })
      for (const problem of [...report.startUpFailures, ...report.earlyExits].slice(0, 1)) progress(problem)
      proxy.resetConnections()
      await proxy.setFault({ kind: 'pass' })
      const drain: DrainSpool = { client, quietMs: DRAIN_QUIET_MS, timeoutMs: DRAIN_TIMEOUT_MS }
      const { stats } = await runWorker<DrainedSpool>('drain-spool', { parameters: drain })
      progress(`drained: ${JSON.stringify(stats)}`)
      return [
        exactly('kills', report.kills, kills),
        exactly('failures to start up', report.startUpFailures.length, 0),
        exactly('ends without a kill', report.earlyExits.length, 0),
        ...(await compare(server, await readAcknowledgements(ledger))),
      ]
    } finally {
      await proxy.close()
      await server.stop()
    }
  },
}

async function compare(server: ArtifactServer, acknowledged: readonly string[]): Promise<Figure[]> {
  const stored = await server.storedDigests()
  let damaged = 0
  for (const digest of stored) {
    const blob = await server.blob(digest)
    if (blob === undefined || createHash('sha256').update(blob).digest('hex') !== digest) damaged += 1
  }
  return [
    atLeast('acknowledged artifacts', acknowledged.length, 1),
    exactly('acknowledged and lost', acknowledged.filter((digest) => !stored.has(digest)).length, 0),
    exactly(`damaged, of ${stored.size} stored`, damaged, 0),
  ]
}

function randomFaults(seed: number): () => Fault {
  const random = seededRandom(seed)
  return () => {
    if (random.fraction() > FAULT_SHARE) return { kind: 'pass' }
    const during = random.fraction() < 0.5 ? 'request' : 'response'
    if (random.fraction() < 0.5) return { kind: 'reset', during, atPercent: random.integer(0, 99) }
    return { kind: 'loseResponse' }
  }
}

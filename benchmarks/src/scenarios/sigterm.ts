import { join } from 'node:path'
import { accountingError } from '../harness/accounting-identity.js'
import { startProxiedBroker } from '../harness/proxied-broker.js'
import { below, exactly, type Scenario } from '../harness/scenario.js'
import { KIB } from '../harness/unit.js'
import { runWorker, startWorker } from '../harness/worker-process.js'
import type { DrainedSpool, DrainSpool } from '../workers/drain-spool.js'
import type { ShutDownOnSigterm, ShutDownOnSigtermMessage } from '../workers/shut-down-on-sigterm.js'

/** The default of `shutdownTimeoutMs`, and what the end of the process may take beyond it. */
const EXIT_BAR_MS = 2000 + 200
const ARTIFACTS = 100
const ARTIFACT_BYTES: number = 64 * KIB
const DRAIN_QUIET_MS = 1500
const DRAIN_TIMEOUT_MS = 30_000

/** A process that is told to terminate while its broker answers nothing. */
export const sigterm: Scenario = {
  name: 'sigterm',
  title: `SIGTERM with a black-holed broker and ${ARTIFACTS} artifacts under way`,
  run: async ({ directory, seed }) => {
    const spoolDirectory = join(directory, 'spool')
    const proxied = await startProxiedBroker({ kind: 'blackHole' })
    const { broker, proxy } = proxied
    try {
      const client = { endpoint: proxy.url, spoolDirectory }
      const parameters: ShutDownOnSigterm = { client, count: ARTIFACTS, sizeBytes: ARTIFACT_BYTES, seed }
      const worker = startWorker<ShutDownOnSigtermMessage>('shut-down-on-sigterm', { parameters })
      const recorded = await worker.nextMessage()
      if (recorded.kind !== 'recorded') throw new Error('the worker shut down before it was told to')
      const toldAtMs = performance.now()
      worker.child.kill('SIGTERM')
      const shutDown = await worker.nextMessage()
      const { atMs, code } = await worker.ended
      if (shutDown.kind !== 'shut-down') throw new Error('the worker recorded twice')

      proxy.resetConnections()
      await proxy.setFault({ kind: 'pass' })
      const drain: DrainSpool = { client, quietMs: DRAIN_QUIET_MS, timeoutMs: DRAIN_TIMEOUT_MS }
      await runWorker<DrainedSpool>('drain-spool', { parameters: drain })
      const stored = new Set((await broker.stored()).map(({ sha256 }) => sha256))
      return [
        below('from the signal to the end of the process', atMs - toldAtMs, EXIT_BAR_MS, 'ms'),
        exactly('exit code', code ?? -1, 0),
        exactly('artifacts unaccounted for at shutdown', accountingError(shutDown.stats), 0),
        exactly(
          'recovered by the next start',
          recorded.digests.filter((digest) => stored.has(digest)).length,
          ARTIFACTS,
        ),
      ]
    } finally {
      await proxied.close()
    }
  },
}

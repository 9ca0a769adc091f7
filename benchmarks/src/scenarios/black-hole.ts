import { join } from 'node:path'
import { startFaultProxy } from '@span-artifacts/test-support'
import { accountingError, sum } from '../harness/accounting-identity.js'
import { bytesBelow, filesBelow } from '../harness/files-below.js'
import { atLeast, atMost, exactly, type Scenario } from '../harness/scenario.js'
import { KIB, MIB } from '../harness/unit.js'
import { startWorker } from '../harness/worker-process.js'
import type { OfferAtRate, OfferedAtRate } from '../workers/offer-at-rate.js'

const GROWTH_BAR_MIB = 96
const SECONDS = 180
const SPOOL_LIMIT_MIB = 512
const QUICK_SECONDS = 25
/** In proportion to the time, so that memory and spool are both full long before the end. */
const QUICK_SPOOL_LIMIT_MIB = 64
const ARTIFACT_BYTES: number = 256 * KIB
const ARTIFACTS_PER_SECOND = 40
const SPOOL_SAMPLE_MS = 500

/** A broker that accepts connections and never answers, while the application goes on recording. */
export const blackHole: Scenario = {
  name: 'black-hole',
  title: `Broker black-holed, 10 MiB/s offered for ${SECONDS} s (with --quick ${QUICK_SECONDS} s and a smaller spool)`,
  run: async ({ quick, directory }) => {
    const spoolDirectory = join(directory, 'spool')
    const spoolLimitMib = quick ? QUICK_SPOOL_LIMIT_MIB : SPOOL_LIMIT_MIB
    // Nothing reaches the target of a black hole, so there need be none.
    const proxy = await startFaultProxy({ target: 'http://127.0.0.1:9', fault: { kind: 'blackHole' } })
    let largestSpoolBytes = 0
    const sampleSpool = async (): Promise<void> => {
      largestSpoolBytes = Math.max(largestSpoolBytes, await bytesBelow(spoolDirectory))
    }
    const sampler = setInterval(() => void sampleSpool(), SPOOL_SAMPLE_MS)
    try {
      const parameters: OfferAtRate = {
        client: { endpoint: proxy.url, spoolDirectory, maxSpoolBytes: spoolLimitMib * MIB },
        artifactBytes: ARTIFACT_BYTES,
        artifactsPerSecond: ARTIFACTS_PER_SECOND,
        seconds: quick ? QUICK_SECONDS : SECONDS,
      }
      const worker = startWorker<OfferedAtRate>('offer-at-rate', { parameters, nodeArguments: ['--expose-gc'] })
      const { idleBytes, baseBytes, peakBytes, stats, offered, droppedInReferences } = await worker.nextMessage()
      await worker.ended
      // Base: the same application and load on a client that keeps nothing, as the application's own garbage is not the client's.
      const base = `a base of ${inMib(baseBytes)} (idle ${inMib(idleBytes)}, peak ${inMib(peakBytes)})`
      return [
        atMost(`peak RSS over ${base}`, (peakBytes - baseBytes) / MIB, GROWTH_BAR_MIB, 'MiB'),
        atMost('the spool at its largest', largestSpoolBytes / MIB, spoolLimitMib, 'MiB'),
        atLeast('artifacts in the spool at the end', (await filesBelow(spoolDirectory)).length, 1),
        exactly('artifacts accounted for', stats.accepted - accountingError(stats), offered),
        exactly('drops counted, against drops that references showed', sum(stats.dropped), droppedInReferences),
      ]
    } finally {
      clearInterval(sampler)
      await proxy.close()
    }
  },
}

function inMib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`
}

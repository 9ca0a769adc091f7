import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startArtifactServer, type ArtifactServer } from '../harness/artifact-server.js'
import { uploadBytes } from '../harness/http-load.js'
import { median } from '../harness/median.js'
import { startNextSite } from '../harness/next-site.js'
import { atMost, exactly, type Scenario } from '../harness/scenario.js'
import { MIB } from '../harness/unit.js'
import { MEGABYTE, paced, uploadContent } from '../harness/upload-content.js'

const BODY_BYTES: number = 100 * MEGABYTE
const GROWTH_BAR_MIB = 48
const MEGABYTES_PER_SECOND = 125
const RUNS = 5
const QUICK_RUNS = 2
const WARM_UPS = 2
const STORED_TIMEOUT_MS = 30_000
const POLL_INTERVAL_MS = 50

interface UploadRun {
  peakRssBytes: number
  ms: number
  /** Whether the server has every byte. */
  stored: boolean
}

/** What the capture adds to the memory of a Next.js application whose route handler takes 100 MB. */
export const nextUpload: Scenario = {
  name: 'next-upload',
  title: 'Next.js 16, `next start`, a body of 100 MB over 1 Gbit/s through a route handler',
  run: async ({ directory, quick }) => {
    const dataDirectory = join(directory, 'server')
    await mkdir(dataDirectory)
    const server = await startArtifactServer(dataDirectory)
    try {
      const pairs: { bare: UploadRun; capturing: UploadRun }[] = []
      for (let run = 0; run < (quick ? QUICK_RUNS : RUNS); run += 1) {
        // Peaks never go down again: every run is a process of its own.
        const bare = await upload(server, { capture: false, seed: run })
        pairs.push({ bare, capturing: await upload(server, { capture: true, seed: run }) })
      }
      const growthsMib = pairs.map(({ bare, capturing }) => (capturing.peakRssBytes - bare.peakRssBytes) / MIB)
      const baseMib = Math.round(median(pairs.map(({ bare }) => bare.peakRssBytes)) / MIB)
      const bareMs = Math.round(Math.min(...pairs.map(({ bare }) => bare.ms)))
      const capturingMs = Math.round(Math.min(...pairs.map(({ capturing }) => capturing.ms)))
      return [
        atMost(
          `peak RSS over the ${baseMib} MiB without it, median of ${pairs.length}`,
          median(growthsMib),
          GROWTH_BAR_MIB,
          'MiB',
        ),
        {
          name: `time beside ${bareMs} ms without it, best of ${pairs.length}`,
          measured: `${capturingMs} ms`,
          bar: 'none',
          met: true,
        },
        exactly('bodies stored whole', pairs.filter(({ capturing }) => capturing.stored).length, pairs.length),
      ]
    } finally {
      await server.stop()
    }
  },
}

async function upload(server: ArtifactServer, run: { capture: boolean; seed: number }): Promise<UploadRun> {
  const site = await startNextSite({ capture: run.capture, artifactServerUrl: server.url })
  try {
    const url = `${site.url}/api/${run.capture ? 'upload' : 'upload-bare'}`
    for (let warmUp = 0; warmUp < WARM_UPS; warmUp += 1)
      await uploadBytes(url, paced(uploadContent(MEGABYTE, run.seed), MEGABYTES_PER_SECOND))
    const { answer, ms } = await uploadBytes(url, paced(uploadContent(BODY_BYTES, run.seed), MEGABYTES_PER_SECOND))
    const sha256 = digestOf(uploadContent(BODY_BYTES, run.seed))
    if (answer !== JSON.stringify({ sha256, sizeBytes: BODY_BYTES })) throw new Error(`the site answered ${answer}`)
    // What happens until everything is stored counts too.
    const stored = run.capture && (await isStored(server, sha256))
    return { peakRssBytes: await site.peakRssBytes(), ms, stored }
  } finally {
    await site.stop()
  }
}

async function isStored({ url }: ArtifactServer, sha256: string): Promise<boolean> {
  const deadline = Date.now() + STORED_TIMEOUT_MS
  while (Date.now() < deadline) {
    const response = await fetch(`${url}/v1/artifacts/${sha256}`)
    await response.body?.cancel()
    if (response.ok) return true
    await delay(POLL_INTERVAL_MS)
  }
  return false
}

function digestOf(chunks: Iterable<Uint8Array>): string {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

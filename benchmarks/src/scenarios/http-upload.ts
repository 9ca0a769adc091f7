import type { Upload } from '../harness/http-load.js'
import { startHttpServer } from '../harness/http-server.js'
import { median } from '../harness/median.js'
import { atMost, exactly, type Figure, type Scenario, type ScenarioContext } from '../harness/scenario.js'
import { MIB } from '../harness/unit.js'
import { MEGABYTE, paced, uploadContent } from '../harness/upload-content.js'

const FILE_BYTES: number = 100 * MEGABYTE
const GROWTH_BAR_MIB = 32
const THROUGHPUT_BAR_PERCENT = 85
const PERCENT = 100
const MICROSECONDS_PER_MS = 1000
const MS_PER_SECOND = 1000
const WARM_UPS = 2
const RUNS = 11
const QUICK_RUNS = 3

/** What is uploaded, and where to. */
interface UploadKind {
  name: string
  title: string
  path: string
  /** The line that it comes over, in megabytes per second. Default: as fast as the machine can. */
  megabytesPerSecond?: number
  send(url: string, content: AsyncIterable<Uint8Array>): Promise<Upload>
}

interface UploadRun {
  peakRssBytes: number
  ms: number
  cpuMs: number
  complete: boolean
}

/** What the capture adds to the memory of a server that takes 100 MB, and to the time it takes. */
export function httpUpload(kind: UploadKind): Scenario {
  return {
    name: kind.name,
    title: kind.title,
    run: async (context) => {
      const pairs: { bare: UploadRun; capturing: UploadRun }[] = []
      for (let run = 0; run < (context.quick ? QUICK_RUNS : RUNS); run += 1) {
        // Peaks never go down again: every run is a server of its own.
        const bare = await upload(context, kind, false)
        pairs.push({ bare, capturing: await upload(context, kind, true) })
      }
      return [
        memory(pairs),
        throughput(pairs),
        processorTime(pairs),
        exactly('spans with all of it', pairs.filter(({ capturing }) => capturing.complete).length, pairs.length),
      ]
    },
  }
}

type Pairs = readonly { bare: UploadRun; capturing: UploadRun }[]

function memory(pairs: Pairs): Figure {
  const growthsMib = pairs.map(({ bare, capturing }) => (capturing.peakRssBytes - bare.peakRssBytes) / MIB)
  const baseMib = Math.round(Math.min(...pairs.map(({ bare }) => bare.peakRssBytes)) / MIB)
  const name = `peak RSS over the ${baseMib} MiB without it, median of ${pairs.length}`
  return atMost(name, median(growthsMib), GROWTH_BAR_MIB, 'MiB')
}

/** Of the best runs: whatever else the machine does only adds to them. */
function throughput(pairs: Pairs): Figure {
  const bare = best(pairs.map(({ bare: { ms } }) => ms))
  const capturing = best(pairs.map(({ capturing: { ms } }) => ms))
  const percent = (capturing / bare) * PERCENT
  return {
    name: `throughput beside ${Math.round(bare)} MB/s without it, best of ${pairs.length}`,
    measured: `${Math.round(capturing)} MB/s, ${percent.toFixed(1)} %`,
    bar: `≥ ${THROUGHPUT_BAR_PERCENT} %`,
    met: percent >= THROUGHPUT_BAR_PERCENT,
  }
}

/** In megabytes per second. */
function best(durationsMs: readonly number[]): number {
  return FILE_BYTES / MEGABYTE / (Math.min(...durationsMs) / MS_PER_SECOND)
}

/** For the record: it is spent beside the application's own waiting, and has no bar. */
function processorTime(pairs: Pairs): Figure {
  const bareMs = median(pairs.map(({ bare }) => bare.cpuMs))
  const capturingMs = median(pairs.map(({ capturing }) => capturing.cpuMs))
  return {
    name: `processor time of all threads over the ${Math.round(bareMs)} ms without it, stored and all, median`,
    measured: `${Math.round(capturingMs - bareMs)} ms`,
    bar: 'none',
    met: true,
  }
}

async function upload({ directory }: ScenarioContext, kind: UploadKind, capture: boolean): Promise<UploadRun> {
  const server = await startHttpServer({ capture, directory, readsContent: true })
  try {
    const url = `${server.url}${kind.path}`
    for (let warmUp = 0; warmUp < WARM_UPS; warmUp += 1)
      await kind.send(url, paced(uploadContent(MEGABYTE), kind.megabytesPerSecond))
    const before = await server.usage()
    const { answer, ms } = await kind.send(url, paced(uploadContent(FILE_BYTES), kind.megabytesPerSecond))
    if (answer !== JSON.stringify({ sizeBytes: FILE_BYTES })) throw new Error(`the server answered ${answer}`)
    const { peakRssBytes, completeSpans, lostArtifacts, readBytes, cpuMicroseconds } = await server.usage()
    const cpuMs = (cpuMicroseconds - before.cpuMicroseconds) / MICROSECONDS_PER_MS
    const complete = completeSpans === WARM_UPS + 1 && lostArtifacts === 0 && readBytes - before.readBytes >= FILE_BYTES
    return { peakRssBytes, ms, cpuMs, complete }
  } finally {
    server.kill()
  }
}

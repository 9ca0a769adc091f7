import { randomBytes } from 'node:crypto'
import { uploadFile } from '../harness/http-load.js'
import { startHttpServer } from '../harness/http-server.js'
import { median } from '../harness/median.js'
import { atMost, exactly, type Scenario, type ScenarioContext } from '../harness/scenario.js'
import { MIB } from '../harness/unit.js'

const MEGABYTE = 1_000_000
const FILE_BYTES: number = 100 * MEGABYTE
const CHUNK_BYTES = 64 * 1024
const GROWTH_BAR_MIB = 32
const THROUGHPUT_BAR_PERCENT = 85
const PERCENT = 100
const WARM_UPS = 2
const noise = randomBytes(CHUNK_BYTES)
const RUNS = 5
const QUICK_RUNS = 2

interface UploadRun {
  peakRssBytes: number
  ms: number
  complete: boolean
}

/** What the capture adds to the memory of a server that takes a large file, and to the time it takes. */
export const httpUpload: Scenario = {
  name: 'http-upload',
  title: 'Express with instrumentation-http, a file of 100 MB through multer to disk',
  run: async (context) => {
    const pairs: { bare: UploadRun; capturing: UploadRun }[] = []
    for (let run = 0; run < (context.quick ? QUICK_RUNS : RUNS); run += 1) {
      // Peaks never go down again: every run is a server of its own.
      pairs.push({ bare: await upload(context, false), capturing: await upload(context, true) })
    }
    const growthsMib = pairs.map(({ bare, capturing }) => (capturing.peakRssBytes - bare.peakRssBytes) / MIB)
    const bareMs = Math.min(...pairs.map(({ bare }) => bare.ms))
    const capturingMs = Math.min(...pairs.map(({ capturing }) => capturing.ms))
    const peakMib = Math.round(Math.min(...pairs.map(({ bare }) => bare.peakRssBytes)) / MIB)
    const throughput = (bareMs / capturingMs) * PERCENT
    return [
      atMost(
        `peak RSS over the ${peakMib} MiB without it, median of ${pairs.length}`,
        median(growthsMib),
        GROWTH_BAR_MIB,
        'MiB',
      ),
      {
        name: `throughput of the best of ${pairs.length}, in % of that without it`,
        measured: `${throughput.toFixed(1)} %`,
        bar: `≥ ${THROUGHPUT_BAR_PERCENT} %`,
        met: throughput >= THROUGHPUT_BAR_PERCENT,
      },
      exactly('spans with the file', pairs.filter(({ capturing }) => capturing.complete).length, pairs.length),
    ]
  },
}

async function upload({ directory }: ScenarioContext, capture: boolean): Promise<UploadRun> {
  const server = await startHttpServer({ capture, directory })
  try {
    for (let warmUp = 0; warmUp < WARM_UPS; warmUp += 1) await uploadFile(`${server.url}/upload`, content(MEGABYTE))
    const { answer, ms } = await uploadFile(`${server.url}/upload`, content(FILE_BYTES))
    if (answer !== JSON.stringify({ sizeBytes: FILE_BYTES })) throw new Error(`the server answered ${answer}`)
    const { peakRssBytes, completeSpans } = await server.usage()
    return { peakRssBytes, ms, complete: completeSpans === WARM_UPS + 1 }
  } finally {
    server.kill()
  }
}

/** Random bytes, no two chunks alike. */
function* content(sizeBytes: number): Generator<Uint8Array> {
  for (let sent = 0; sent < sizeBytes; sent += CHUNK_BYTES) {
    const chunk = Buffer.from(noise.subarray(0, Math.min(CHUNK_BYTES, sizeBytes - sent)))
    if (chunk.length >= Uint32Array.BYTES_PER_ELEMENT) chunk.writeUInt32LE(sent)
    yield chunk
  }
}

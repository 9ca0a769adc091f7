// Records large artifacts that are held in memory, on real spans, and measures how long the event loop was blocked from
// the call until the artifact was stored.
import { randomFillSync } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { ArtifactClient, parseArtifactReference, recordArtifact } from '@span-artifacts/core'
import { type EventLoopGaps, sampleEventLoopGaps } from '@span-artifacts/test-support'
import { keepOnProcessor, MEASURED_PROCESSOR } from '../harness/processor-affinity.js'
import { MIB } from '../harness/unit.js'
import { leaveScenario, parametersJson, tellScenario } from '../harness/worker.js'

export interface RecordInMemory {
  endpoint: string
  sizeBytes: number
  repetitions: number
}

export interface RecordedInMemory {
  /** of all repetitions, each from the call until the artifact was stored */
  recording: EventLoopGaps
  /** as long as a repetition, with nothing to do: what the machine itself does to the loop */
  idle: EventLoopGaps
  /** the longest time that the call itself took, in ms */
  longestCallMs: number
}

const WARM_UPS = 3
const WARM_UP_BYTES: number = 4 * MIB
const FILL_BYTES: number = 4 * MIB
const SETTLE_MS = 300
const ATTRIBUTE = 'artifact'

const { endpoint, sizeBytes, repetitions }: RecordInMemory = JSON.parse(parametersJson)
keepOnProcessor(process.pid, MEASURED_PROCESSOR)
const exporter = new InMemorySpanExporter()
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('benchmark')
const room = 2 * sizeBytes + WARM_UP_BYTES
const client = new ArtifactClient({ endpoint, maxArtifactBytes: room, maxQueueBytes: room })

async function uniqueBytes(size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size)
  for (let start = 0; start < size; start += FILL_BYTES) {
    randomFillSync(bytes, start, Math.min(FILL_BYTES, size - start))
    await delay(0)
  }
  return bytes
}

async function record(data: Buffer): Promise<number> {
  const span = tracer.startSpan('benchmark')
  const startedMs = performance.now()
  const artifact = recordArtifact(span, ATTRIBUTE, data, { client })
  const callMs = performance.now() - startedMs
  await artifact?.uploaded
  span.end()
  const reference = parseArtifactReference(exporter.getFinishedSpans().at(-1)?.attributes[ATTRIBUTE])
  exporter.reset()
  if (reference?.size_bytes !== data.length || reference.dropped !== undefined) {
    throw new Error('the span has no reference to a stored artifact')
  }
  return callMs
}

for (let warmUp = 0; warmUp < WARM_UPS; warmUp += 1) await record(await uniqueBytes(WARM_UP_BYTES))

const repeated: EventLoopGaps[] = []
let longestCallMs = 0
let longestRepetitionMs = 0
for (let repetition = 0; repetition < repetitions; repetition += 1) {
  const data = await uniqueBytes(sizeBytes)
  globalThis.gc?.()
  await delay(SETTLE_MS)
  const startedMs = performance.now()
  const sampler = sampleEventLoopGaps()
  longestCallMs = Math.max(longestCallMs, await record(data))
  repeated.push(sampler.stop())
  longestRepetitionMs = Math.max(longestRepetitionMs, performance.now() - startedMs)
}

const sampler = sampleEventLoopGaps()
await delay(longestRepetitionMs)
const all = (of: keyof EventLoopGaps): Float64Array => Float64Array.from(repeated.flatMap((gaps) => [...gaps[of]]))
const recording: EventLoopGaps = { seenMs: all('seenMs'), ownMs: all('ownMs') }
const result: RecordedInMemory = { recording, idle: sampler.stop(), longestCallMs }
await client.shutdown()
await tellScenario(result)
leaveScenario()

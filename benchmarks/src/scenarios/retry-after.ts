import { type BrokerStub, forkBrokerStub, type HandshakeStep, type RecordedRequest } from '@span-artifacts/test-support'
import { exactly, type Figure, type Scenario } from '../harness/scenario.js'
import { KIB } from '../harness/unit.js'
import { runWorker } from '../harness/worker-process.js'
import type { RecordArtifacts, RecordedArtifacts } from '../workers/record-artifacts.js'

const WINDOW_SECONDS = 2
const MS_PER_SECOND = 1000
const ARTIFACTS = 12
const ARTIFACT_BYTES: number = 4 * KIB
const FLUSH_TIMEOUT_MS = 60_000
/** A request that was under way when the answer came is none that ignored it; with several slots it may arrive this late. */
const UNDER_WAY_MS = 100

interface Variant {
  name: string
  step: HandshakeStep
  status: number
  /** seconds, or a date that far ahead */
  form: 'seconds' | 'date'
  concurrency: number
}

const VARIANTS: readonly Variant[] = [
  { name: 'register 429, seconds, one slot', step: 'register', status: 429, form: 'seconds', concurrency: 1 },
  { name: 'register 503, date, one slot', step: 'register', status: 503, form: 'date', concurrency: 1 },
  { name: 'PUT 429, seconds, one slot', step: 'put', status: 429, form: 'seconds', concurrency: 1 },
  { name: 'finalize 503, seconds, one slot', step: 'finalize', status: 503, form: 'seconds', concurrency: 1 },
  { name: 'register 429, seconds, four slots', step: 'register', status: 429, form: 'seconds', concurrency: 4 },
]

/** Whether the client stays away for as long as a broker asks it to. */
export const retryAfter: Scenario = {
  name: 'retry-after',
  title: 'Requests inside a Retry-After window',
  run: async ({ seed }) => {
    const figures: Figure[] = []
    for (const variant of VARIANTS) figures.push(...(await runVariant(variant, seed)))
    return figures
  },
}

async function runVariant({ name, step, status, form, concurrency }: Variant, seed: number): Promise<Figure[]> {
  const broker = await forkBrokerStub()
  try {
    const startedMs = Date.now()
    // HTTP dates have whole seconds: this one lies between one and two windows ahead, however the client rounds.
    const until = new Date(startedMs + 2 * WINDOW_SECONDS * MS_PER_SECOND)
    const value = form === 'seconds' ? String(WINDOW_SECONDS) : until.toUTCString()
    const reply = { kind: 'status', status, headers: { 'retry-after': value } } as const
    await broker.script(
      step,
      Array.from({ length: concurrency }, () => reply),
    )
    const parameters: RecordArtifacts = {
      client: { endpoint: broker.url, uploadConcurrency: concurrency },
      count: ARTIFACTS,
      sizeBytes: ARTIFACT_BYTES,
      seed,
      flushTimeoutMs: FLUSH_TIMEOUT_MS,
    }
    await runWorker<RecordedArtifacts>('record-artifacts', { parameters })
    const inside = await requestsInside(broker, concurrency, (answeredAtMs) =>
      form === 'seconds' ? answeredAtMs + WINDOW_SECONDS * MS_PER_SECOND : Math.floor(until.getTime() / 1000) * 1000,
    )
    return [
      exactly(`${name}: requests inside the window`, inside, 0),
      exactly(`${name}: stored afterwards`, (await broker.stored()).length, ARTIFACTS),
    ]
  } finally {
    await broker.close()
  }
}

/** Requests that arrived after the first answer with Retry-After and before its window was over. */
async function requestsInside(
  broker: BrokerStub,
  concurrency: number,
  endOf: (answeredAtMs: number) => number,
): Promise<number> {
  const requests = await broker.requests()
  const first = requests.find((request): request is RecordedRequest & { answeredAtMs: number } => {
    return request.reply === 'status' && request.answeredAtMs !== undefined
  })
  if (!first) throw new Error('the broker never answered with Retry-After')
  const fromMs = first.answeredAtMs + (concurrency > 1 ? UNDER_WAY_MS : 0)
  const untilMs = endOf(first.answeredAtMs)
  return requests.filter(({ atMs }) => atMs > fromMs && atMs < untilMs).length
}

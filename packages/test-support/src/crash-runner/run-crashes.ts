import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '../seeded-random.js'

/** How long a worker may take from its start to `reportReady()`. */
const DEFAULT_START_UP_TIMEOUT_MS = 30_000
/** As much of a failed worker's stderr as an error quotes. */
const QUOTED_STDERR_CHARACTERS = 2000
const READY = 'ready'

/** What to kill, and how often. */
export interface CrashRun {
  /** the built worker: it works until it is killed, and calls `reportReady()` once it does */
  script: string | URL
  /** handed to the worker as `process.argv` from 2 on */
  arguments?: readonly string[]
  /** added to this process's environment */
  environment?: Readonly<Record<string, string>>
  /** how many workers are started and killed, one after the other */
  kills: number
  /** decides the moments; the same seed gives the same ones */
  seed: number
  /** how long each worker lives after `reportReady()`, in ms, evenly spread between these */
  lifeMs: { min: number; max: number }
  /** default 30,000 */
  startUpTimeoutMs?: number
  /** told after each kill, counted from 1 */
  onKill?: (kills: number) => void
}

/** What came of it. */
export interface CrashReport {
  /** workers that were killed while they worked */
  kills: number
  /** one text for each worker that did not get ready, with the end of its stderr; such a worker is not a kill */
  startUpFailures: string[]
  /** one text for each worker that ended by itself although it was to work until it is killed */
  earlyExits: string[]
}

/** Tells the runner that the worker is at work. For the worker; without a runner it does nothing. */
export function reportReady(): void {
  process.send?.(READY)
}

/**
 * Starts a worker, kills it with SIGKILL at a random moment, starts the next one, and so on. Every attempt counts
 * against `kills`, so that a worker that never starts ends the run too.
 */
export async function runCrashes(run: CrashRun): Promise<CrashReport> {
  const random = seededRandom(run.seed)
  const report: CrashReport = { kills: 0, startUpFailures: [], earlyExits: [] }
  for (let attempt = 0; attempt < run.kills; attempt += 1) {
    const lifeMs = run.lifeMs.min + random.fraction() * (run.lifeMs.max - run.lifeMs.min)
    const outcome = await runOneWorker(run, lifeMs)
    if (outcome.kind === 'killed') {
      report.kills += 1
      run.onKill?.(report.kills)
    } else if (outcome.kind === 'failed') report.startUpFailures.push(outcome.message)
    else report.earlyExits.push(outcome.message)
  }
  return report
}

type Outcome = { kind: 'killed' } | { kind: 'failed' | 'exited'; message: string }

async function runOneWorker(run: CrashRun, lifeMs: number): Promise<Outcome> {
  const worker = fork(run.script, [...(run.arguments ?? [])], {
    env: { ...process.env, ...run.environment },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let stderr = ''
  worker.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-QUOTED_STDERR_CHARACTERS)
  })
  const ended = once(worker, 'close').then(([code, signal]) => `ended with ${signal ?? code}: ${stderr}`)
  const waits = new AbortController()
  const kill = async (): Promise<void> => {
    worker.kill('SIGKILL')
    await ended
  }
  try {
    const startUpTimeoutMs = run.startUpTimeoutMs ?? DEFAULT_START_UP_TIMEOUT_MS
    const early = await Promise.race([
      once(worker, 'message', { signal: waits.signal }).then(() => undefined),
      ended,
      delay(startUpTimeoutMs, `not ready after ${startUpTimeoutMs} ms`, { signal: waits.signal }),
    ])
    if (early !== undefined) {
      await kill()
      return { kind: 'failed', message: `${early}${early.startsWith('not') ? `: ${stderr}` : ''}` }
    }
    const exited = await Promise.race([ended, delay(lifeMs, undefined, { signal: waits.signal })])
    if (exited !== undefined) return { kind: 'exited', message: exited }
    await kill()
    return { kind: 'killed' }
  } finally {
    waits.abort()
  }
}

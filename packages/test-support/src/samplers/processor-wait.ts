import { closeSync, openSync, readSync } from 'node:fs'

/**
 * The scheduler's account of the main thread: nanoseconds on a processor, nanoseconds ready but waiting for one, time
 * slices (Linux, Documentation/scheduler/sched-stats.rst).
 */
const ACCOUNT_PATH = `/proc/self/task/${process.pid}/schedstat`
const MAX_ACCOUNT_BYTES = 128
const NANOSECONDS_PER_MS = 1e6

/** For how long the main thread of this process was ready to run, and something else had the processor. */
export interface ProcessorWait {
  /** since the thread began, in ms; 0 where the system does not tell */
  totalMs(): number
  close(): void
}

/** Opens the account once: reading it takes some microseconds. */
export function processorWait(): ProcessorWait {
  const file = openAccount()
  if (file === undefined) return { totalMs: () => 0, close: () => undefined }
  const text = Buffer.alloc(MAX_ACCOUNT_BYTES)
  return {
    totalMs: () => {
      const length = readSync(file, text, 0, text.length, 0)
      return Number(text.toString('latin1', 0, length).split(' ')[1]) / NANOSECONDS_PER_MS
    },
    close: () => closeSync(file),
  }
}

function openAccount(): number | undefined {
  try {
    return openSync(ACCOUNT_PATH, 'r')
  } catch {
    return undefined
  }
}

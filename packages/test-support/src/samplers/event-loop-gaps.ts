import { processorWait } from './processor-wait.js'

/** How often the loop is asked to come by. */
const SAMPLE_INTERVAL_MS = 1
const MAX_SAMPLES = 1_000_000

/** How late the event loop came to a 1 ms timer, each time, in ms and in the order of time. */
export interface EventLoopGaps {
  /** as an application sees it */
  seenMs: Float64Array
  /**
   * how late it would have come without the time for which this thread was ready to run and the system ran something else
   * on the processor, so that other programs do not count; the same as `seenMs` where the system does not tell (Linux does)
   */
  ownMs: Float64Array
}

/** A sampler that runs. */
export interface EventLoopGapSampler {
  /** ends it; the gap that is open now counts too */
  stop(): EventLoopGaps
}

/**
 * Measures how long something blocks the event loop of this process: a timer of 1 ms notes how late it comes. Samples
 * beyond the first million are not kept.
 */
export function sampleEventLoopGaps(): EventLoopGapSampler {
  const seenMs = new Float64Array(MAX_SAMPLES)
  const ownMs = new Float64Array(MAX_SAMPLES)
  const wait = processorWait()
  let samples = 0
  let lastMs = performance.now()
  let lastWaitMs = wait.totalMs()
  const take = (): void => {
    const nowMs = performance.now()
    const waitMs = wait.totalMs()
    if (samples < MAX_SAMPLES) {
      const gapMs = Math.max(0, nowMs - lastMs - SAMPLE_INTERVAL_MS)
      seenMs[samples] = gapMs
      // Had nothing else had the processor, the same turns would have been over that much earlier.
      ownMs[samples] = Math.max(0, gapMs - (waitMs - lastWaitMs))
      samples += 1
    }
    lastMs = nowMs
    lastWaitMs = waitMs
  }
  const timer = setInterval(take, SAMPLE_INTERVAL_MS)
  return {
    stop: () => {
      clearInterval(timer)
      take()
      wait.close()
      return { seenMs: seenMs.slice(0, samples), ownMs: ownMs.slice(0, samples) }
    },
  }
}

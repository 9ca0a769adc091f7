/** How often the loop is asked to come by. */
const SAMPLE_INTERVAL_MS = 1
const MAX_SAMPLES = 1_000_000
const PERCENTILE_99 = 0.99

/** How long the event loop let a 1 ms timer wait beyond its time, in ms. */
export interface EventLoopGaps {
  samples: number
  p99Ms: number
  maxMs: number
}

/** A sampler that runs. */
export interface EventLoopGapSampler {
  /** ends it; the gap that is open now counts too */
  stop(): EventLoopGaps
}

/**
 * Measures how long something blocks the event loop of this process: a timer of 1 ms notes how late it comes. Includes
 * what the machine does to the process, so compare with a run that does nothing.
 */
export function sampleEventLoopGaps(): EventLoopGapSampler {
  const gapsMs = new Float64Array(MAX_SAMPLES)
  let samples = 0
  let lastMs = performance.now()
  const take = (): void => {
    const nowMs = performance.now()
    // Past the end the last place keeps the largest gap, so that no block goes unseen.
    const index = Math.min(samples, MAX_SAMPLES - 1)
    const gapMs = Math.max(0, nowMs - lastMs - SAMPLE_INTERVAL_MS)
    gapsMs[index] = samples >= MAX_SAMPLES ? Math.max(gapMs, gapsMs[index] ?? 0) : gapMs
    samples += 1
    lastMs = nowMs
  }
  const timer = setInterval(take, SAMPLE_INTERVAL_MS)
  return {
    stop: () => {
      clearInterval(timer)
      take()
      const sorted = gapsMs.slice(0, Math.min(samples, MAX_SAMPLES)).sort()
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
      return { samples, p99Ms: at(PERCENTILE_99), maxMs: at(1) }
    },
  }
}

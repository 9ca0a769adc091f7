import { readFileSync, writeFileSync } from 'node:fs'

const SAMPLE_INTERVAL_MS = 20
const BYTES_PER_KIB = 1024
/** Written to `clear_refs` it sets the peak back to the present size: proc_pid_clear_refs(5). */
const RESET_PEAK = '5'

/** Resident memory of this process over a time, in bytes. */
export interface ResidentMemory {
  /** when the sampler was started */
  baseBytes: number
  /** the most it had since; exact on Linux, elsewhere the largest of samples 20 ms apart */
  peakBytes: number
}

/** A sampler that runs. */
export interface ResidentMemorySampler {
  /** the figures until now */
  read(): ResidentMemory
  /** ends it */
  stop(): ResidentMemory
}

/**
 * Measures the resident memory of this process from now on. Collect garbage and let the process reach its working size
 * before, or its start-up counts as growth.
 */
export function sampleResidentMemory(): ResidentMemorySampler {
  resetKernelPeak()
  const baseBytes = process.memoryUsage.rss()
  let peakBytes = baseBytes
  const take = (): ResidentMemory => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss(), kernelPeakBytes())
    return { baseBytes, peakBytes }
  }
  const timer = setInterval(take, SAMPLE_INTERVAL_MS)
  timer.unref()
  return {
    read: take,
    stop: () => {
      clearInterval(timer)
      return take()
    },
  }
}

let kernelPeakIsReset = false

function resetKernelPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', RESET_PEAK)
    kernelPeakIsReset = true
  } catch {
    kernelPeakIsReset = false // not Linux, or not allowed here: the samples have to do
  }
}

function kernelPeakBytes(): number {
  if (!kernelPeakIsReset) return 0
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return Number(kib ?? 0) * BYTES_PER_KIB
}

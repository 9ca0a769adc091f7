import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { sampleEventLoopGaps } from './event-loop-gaps.js'
import { quantile } from './quantile.js'
import { sampleResidentMemory } from './resident-memory.js'

const MIB = 1024 * 1024

function blockFor(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

describe('the event-loop sampler', () => {
  test('sees a block that ended before it was stopped', async () => {
    const sampler = sampleEventLoopGaps()
    await delay(10)
    blockFor(60)
    await delay(10)
    const { seenMs } = sampler.stop()
    expect(quantile(seenMs, 1)).toBeGreaterThan(58)
    expect(seenMs.length).toBeGreaterThan(2)
    expect(quantile(seenMs, 0.5)).toBeLessThan(58)
  })

  test('sees a block that it was stopped in', () => {
    const sampler = sampleEventLoopGaps()
    blockFor(40)
    expect(quantile(sampler.stop().seenMs, 1)).toBeGreaterThan(38)
  })

  test('counts as its own what the process itself did, however busy the machine is', () => {
    const sampler = sampleEventLoopGaps()
    // Of this thread: the engine's others, which compile and collect, block nobody.
    const before = process.threadCpuUsage()
    while (process.threadCpuUsage(before).user < 40_000);
    expect(quantile(sampler.stop().ownMs, 1)).toBeGreaterThan(30)
  })

  test('does not count as its own what other programs did to it', async () => {
    const busy = Array.from({ length: 4 * availableParallelism() }, () =>
      spawn(process.execPath, ['-e', 'console.log("busy"); const end = Date.now() + 10000; while (Date.now() < end);']),
    )
    await Promise.all(busy.map((child) => once(child.stdout, 'data')))
    const sampler = sampleEventLoopGaps()
    const before = process.cpuUsage()
    while (process.cpuUsage(before).user < 60_000);
    const { seenMs, ownMs } = sampler.stop()
    for (const child of busy) child.kill()
    await Promise.all(busy.map((child) => once(child, 'exit')))
    expect(quantile(ownMs, 1)).toBeGreaterThan(40)
    // Only Linux tells how long a thread waited.
    const othersMs = quantile(seenMs, 1) - quantile(ownMs, 1)
    expect(othersMs > 0).toBe(process.platform === 'linux')
  })
})

describe('a quantile', () => {
  test('is the value below which the share lies', () => {
    const values = Float64Array.from({ length: 200 }, (_, index) => 200 - index)
    expect([quantile(values, 0), quantile(values, 0.99), quantile(values, 1)]).toEqual([1, 199, 200])
    expect(quantile(new Float64Array(), 0.99)).toBe(0)
  })
})

describe('the memory sampler', () => {
  test('sees memory that is held for a moment only, between two samples', () => {
    const sampler = sampleResidentMemory()
    Buffer.alloc(64 * MIB, 1)
    const { baseBytes, peakBytes } = sampler.stop()
    expect(peakBytes - baseBytes).toBeGreaterThan(60 * MIB)
  })
})

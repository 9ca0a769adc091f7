import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { sampleEventLoopGaps } from './event-loop-gaps.js'
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
    const gaps = sampler.stop()
    expect(gaps.maxMs).toBeGreaterThan(58)
    expect(gaps.samples).toBeGreaterThan(2)
    expect(gaps.p99Ms).toBeLessThanOrEqual(gaps.maxMs)
  })

  test('sees a block that it was stopped in', () => {
    const sampler = sampleEventLoopGaps()
    blockFor(40)
    expect(sampler.stop().maxMs).toBeGreaterThan(38)
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

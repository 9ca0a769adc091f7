import { describe, expect, test } from 'vitest'
import { UploadGate } from './upload-gate.js'

const all = Number.POSITIVE_INFINITY
const gate = (): UploadGate =>
  new UploadGate({ breakerFailures: 5, initialDelayMs: 500, maxDelayMs: 30_000, random: () => 1 })

function fail(uploads: UploadGate, times: number, nowMs: number): boolean[] {
  return Array.from({ length: times }, () => uploads.failed(nowMs))
}

describe('the breaker', () => {
  test('lets everything through at first, and after a few failures', () => {
    const uploads = gate()
    expect(uploads.allowedUploads(0)).toBe(all)
    expect(fail(uploads, 4, 0)).toEqual([false, false, false, false])
    expect(uploads.allowedUploads(0)).toBe(all)
  })

  test('opens at the fifth failure in a row, and lets one probe through later', () => {
    const uploads = gate()
    expect(fail(uploads, 5, 1000)).toEqual([false, false, false, false, true])
    expect(uploads.allowedUploads(1000)).toBe(0)
    expect(uploads.allowedUploads(1499)).toBe(0)
    expect(uploads.allowedUploads(1500)).toBe(1)
  })

  test('waits longer after each failed probe, and reports only the first', () => {
    const uploads = gate()
    fail(uploads, 5, 0)
    expect(uploads.failed(500)).toBe(false)
    expect(uploads.opensAtMs).toBe(1500)
    expect(uploads.failed(1500)).toBe(false)
    expect(uploads.opensAtMs).toBe(3500)
  })

  test('closes at the first answer', () => {
    const uploads = gate()
    fail(uploads, 7, 0)
    uploads.answered()
    expect(uploads.allowedUploads(0)).toBe(all)
    expect(fail(uploads, 4, 0)).not.toContain(true)
  })

  test('does not open for failures with successes in between', () => {
    const uploads = gate()
    for (let round = 0; round < 10; round += 1) {
      fail(uploads, 4, 0)
      uploads.answered()
    }
    expect(uploads.allowedUploads(0)).toBe(all)
  })
})

describe('a pause', () => {
  test('lasts a minute after a refused token, doubles each time up to 15 minutes, and then probes', () => {
    const uploads = gate()
    let nowMs = 0
    const lengths = Array.from({ length: 6 }, () => {
      const lengthMs = uploads.pause(nowMs, 'refused')
      expect(uploads.allowedUploads(nowMs)).toBe(0)
      nowMs += lengthMs
      expect(uploads.allowedUploads(nowMs)).toBe(1)
      return lengthMs
    })
    expect(lengths).toEqual([60_000, 120_000, 240_000, 480_000, 900_000, 900_000])
  })

  test('is one pause, however many attempts were refused at once', () => {
    const uploads = gate()
    expect(uploads.pause(0, 'refused')).toBe(60_000)
    expect(uploads.pause(10, 'refused')).toBe(59_990)
    expect(uploads.opensAtMs).toBe(60_000)
    expect(uploads.pause(60_000, 'refused')).toBe(120_000)
  })

  test('lasts 15 minutes when the store is full', () => {
    expect(gate().pause(0, 'storage_full')).toBe(900_000)
  })

  test('begins with a minute again after an answer', () => {
    const uploads = gate()
    uploads.pause(0, 'refused')
    uploads.answered()
    expect(uploads.allowedUploads(1)).toBe(all)
    expect(uploads.pause(1, 'refused')).toBe(60_000)
  })
})

test('who asked to be left alone is, whatever else succeeds, and then gets everything at once', () => {
  const uploads = gate()
  uploads.holdUntil(5000)
  uploads.holdUntil(3000)
  uploads.answered()
  expect(uploads.allowedUploads(4999)).toBe(0)
  expect(uploads.allowedUploads(5000)).toBe(all)
})

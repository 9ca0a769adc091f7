import { diag } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createDiagnostics } from './diagnostics.js'
import { collectWarnings } from './test-fixtures/collect-warnings.js'

let warnings: readonly string[]
beforeEach(() => {
  vi.useFakeTimers()
  warnings = collectWarnings()
})
afterEach(() => {
  vi.useRealTimers()
})

const fail = (): never => {
  throw new Error('no')
}

describe('a warning', () => {
  test('is written at once, with its code', () => {
    createDiagnostics().warn('uploads_paused', 'no uploads for 60 s')
    expect(warnings).toEqual(['span-artifacts uploads_paused: no uploads for 60 s'])
  })

  test('that comes a thousand times is written once, and then once more with a count', () => {
    const diagnostics = createDiagnostics()
    for (let index = 0; index < 1000; index += 1) diagnostics.warn('artifact_dropped', `dropped ${index}`)
    expect(warnings).toHaveLength(1)
    vi.advanceTimersByTime(30_000)
    expect(warnings[1]).toContain('dropped 999 (999 times in the last 30000 ms)')
    vi.advanceTimersByTime(120_000)
    expect(warnings).toHaveLength(2)
  })

  test('does not hide one with another code', () => {
    const diagnostics = createDiagnostics()
    diagnostics.warn('artifact_dropped', 'a')
    diagnostics.warn('artifact_failed', 'b')
    expect(warnings).toHaveLength(2)
  })

  test('is written at once again when it has been quiet', () => {
    const diagnostics = createDiagnostics()
    diagnostics.warn('artifact_dropped', 'a')
    vi.advanceTimersByTime(30_000)
    diagnostics.warn('artifact_dropped', 'b')
    expect(warnings).toHaveLength(2)
  })

  test('survives a logger that throws', () => {
    diag.setLogger(
      { error: fail, warn: fail, info: fail, debug: fail, verbose: fail },
      { suppressOverrideMessage: true },
    )
    expect(() => createDiagnostics().warn('artifact_dropped', 'a')).not.toThrow()
  })
})

import { diag } from '@opentelemetry/api'
import { startUnrefTimer } from './timers.js'

/** A warning with the same code is written at most once in this time, in milliseconds; the others are counted. */
const COALESCE_MS = 30_000

export interface Diagnostics {
  /**
   * Writes a warning, or counts it.
   *
   * @param code what it is about: stable, and what warnings are coalesced by
   * @param message holds no payload, no token and no signed URL
   */
  warn(code: string, message: string): void
}

/**
 * Makes warnings that go to OpenTelemetry's `diag`, coalesced by code: the first is written at once, the others are
 * counted and written as one when the time is over.
 *
 * @param coalesceMs for how long, in milliseconds
 */
export function createDiagnostics(coalesceMs: number = COALESCE_MS): Diagnostics {
  const suppressed = new Map<string, { count: number; lastMessage: string }>()
  const logger = diag.createComponentLogger({ namespace: 'span-artifacts' })

  const write = (code: string, message: string): void => {
    suppressed.set(code, { count: 0, lastMessage: '' })
    startUnrefTimer(() => summarize(code), coalesceMs)
    // A logger is the application's code: its faults are not ours to pass on.
    try {
      logger.warn(`${code}: ${message}`)
    } catch {
      // Nothing is left to tell anybody with.
    }
  }

  const summarize = (code: string): void => {
    const { count, lastMessage } = suppressed.get(code) ?? { count: 0, lastMessage: '' }
    suppressed.delete(code)
    if (count > 0) write(code, `${lastMessage} (${count} times in the last ${coalesceMs} ms)`)
  }

  return {
    warn(code, message) {
      const entry = suppressed.get(code)
      if (entry === undefined) write(code, message)
      else suppressed.set(code, { count: entry.count + 1, lastMessage: message })
    },
  }
}

/** The warnings of this process. */
export const diagnostics: Diagnostics = createDiagnostics()

/**
 * Warns of a problem that the application need not handle, through OpenTelemetry's `diag`. For adapters: warnings with the
 * same code within 30 s become one with a count.
 *
 * @param code what it is about, in snake case: stable
 * @param message for people; without payloads, tokens and signed URLs
 */
export function reportProblem(code: string, message: string): void {
  diagnostics.warn(code, message)
}

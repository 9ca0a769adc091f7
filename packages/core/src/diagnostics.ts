import { diag } from '@opentelemetry/api'

/** A warning with the same code is written at most once in this time, in milliseconds; the others are counted. */
const COALESCE_MS = 30_000

/** What a warning is about: stable, and what warnings are coalesced by. */
export type DiagnosticCode =
  | 'artifact_dropped'
  | 'artifact_failed'
  | 'flush_timeout'
  | 'insecure_endpoint'
  | 'invalid_environment'
  | 'invalid_option'
  | 'shutdown_incomplete'
  | 'span_ended'
  | 'unexpected_error'
  | 'unreadable_data'
  | 'uploads_failing'
  | 'uploads_paused'

export interface Diagnostics {
  /** Writes a warning, or counts it. The message holds no payload, no token and no signed URL. */
  warn(code: DiagnosticCode, message: string): void
}

/** Makes warnings that go to OpenTelemetry's `diag`, coalesced by code. */
export function createDiagnostics(nowMs: () => number = () => performance.now()): Diagnostics {
  const written = new Map<DiagnosticCode, { atMs: number; suppressed: number }>()
  const logger = diag.createComponentLogger({ namespace: 'span-artifacts' })
  return {
    warn(code, message) {
      const last = written.get(code)
      const now = nowMs()
      if (last !== undefined && now - last.atMs < COALESCE_MS) {
        last.suppressed += 1
        return
      }
      const more = last !== undefined && last.suppressed > 0 ? ` (and ${last.suppressed} more like it before)` : ''
      written.set(code, { atMs: now, suppressed: 0 })
      // A logger is the application's code: its faults are not ours to pass on.
      try {
        logger.warn(`${code}: ${message}${more}`)
      } catch {
        // Nothing is left to tell anybody with.
      }
    },
  }
}

/** The warnings of this process. */
export const diagnostics: Diagnostics = createDiagnostics()

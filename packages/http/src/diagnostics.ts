import { diag } from '@opentelemetry/api'
import { ArtifactError } from '@span-artifacts/core'

/** One line per kind of trouble and minute, whatever the traffic. */
const REPORT_INTERVAL_MS = 60_000

const logger = diag.createComponentLogger({ namespace: '@span-artifacts/http' })
const reports = new Map<string, { until: number; suppressed: number }>()

/**
 * Tells the operator, through OpenTelemetry's `diag`, that something could not be captured. Coalesced by code; never
 * given anything that came from a request.
 */
export function reportCaptureProblem(code: string, message: string): void {
  const now = Date.now()
  const report = reports.get(code)
  if (report !== undefined && now < report.until) {
    report.suppressed += 1
    return
  }
  const repeated = report?.suppressed ? ` (${report.suppressed} more since the last report)` : ''
  reports.set(code, { until: now + REPORT_INTERVAL_MS, suppressed: 0 })
  logger.warn(`${code}: ${message}${repeated}`)
}

/**
 * Runs a piece of the capture inside the application's own call stack. Whatever goes wrong stays here: the application
 * never sees an exception of ours.
 *
 * @param activity what was being done, for the report
 * @param action must not call the application's own functions, whose errors are not ours to catch
 * @param onFailure puts the capture into a safe state
 */
export function shield(activity: string, action: () => void, onFailure?: () => void): void {
  try {
    action()
  } catch (error) {
    reportCaptureProblem('capture_failed', `${activity}: ${describe(error)}`)
    try {
      onFailure?.()
    } catch {
      // There is nothing left that could be done for this exchange.
    }
  }
}

/** The message of a foreign error may quote a body (that of JSON.parse does); its name and its place do not. */
function describe(error: unknown): string {
  if (ArtifactError.isInstance(error)) return error.message
  if (!(error instanceof Error)) return `a thrown ${typeof error}`
  return `${error.name} ${/\n\s+(at .+)/.exec(error.stack ?? '')?.[1] ?? ''}`.trim()
}

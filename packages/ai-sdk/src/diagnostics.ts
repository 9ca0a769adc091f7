import { diag } from '@opentelemetry/api'
import { ArtifactError } from '@span-artifacts/core'

/** One line per kind of trouble and minute, whatever the traffic. */
const REPORT_INTERVAL_MS = 60_000

const reports = new Map<string, { until: number; suppressed: number }>()

/**
 * Runs a piece of the capture on the stack of a model call. Whatever goes wrong stays here: the application never sees
 * an exception of ours.
 *
 * @param activity what was being done, in words for the operator; never anything that came from a prompt or an answer
 * @param action must not call the application's own functions, whose errors are not ours to catch
 * @returns what `action` returned, or undefined when it threw
 */
export function shield<Result>(activity: string, action: () => Result): Result | undefined {
  try {
    return action()
  } catch (error) {
    reportProblem(activity, error)
    return undefined
  }
}

/** Tells the operator, through OpenTelemetry's `diag`, that something could not be captured. Coalesced by activity. */
export function reportProblem(activity: string, error: unknown): void {
  const now = Date.now()
  const report = reports.get(activity)
  if (report !== undefined && now < report.until) {
    report.suppressed += 1
    return
  }
  const repeated = report?.suppressed ? ` (${report.suppressed} more since the last report)` : ''
  reports.set(activity, { until: now + REPORT_INTERVAL_MS, suppressed: 0 })
  diag.warn(`@span-artifacts/ai-sdk: ${activity} failed: ${describe(error)}${repeated}`)
}

/** The message of a foreign error may quote a prompt (that of JSON.parse does); its name and its place do not. */
function describe(error: unknown): string {
  if (ArtifactError.isInstance(error)) return error.message
  if (!(error instanceof Error)) return `a thrown ${typeof error}`
  return `${error.name} ${/\n\s+(at .+)/.exec(error.stack ?? '')?.[1] ?? ''}`.trim()
}

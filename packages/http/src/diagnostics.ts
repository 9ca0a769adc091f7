import { ArtifactError, reportProblem } from '@span-artifacts/core'

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
    reportFailure(activity, error)
    try {
      onFailure?.()
    } catch {
      // There is nothing left that could be done for this exchange.
    }
  }
}

/** As {@link shield} does, where a function would have to be made for each of many calls. */
export function reportFailure(activity: string, error: unknown): void {
  reportProblem('http_capture_failed', `${activity}: ${describe(error)}`)
}

/** The message of a foreign error may quote a body (that of JSON.parse does); its name and its place do not. */
function describe(error: unknown): string {
  if (ArtifactError.isInstance(error)) return error.message
  if (!(error instanceof Error)) return `a thrown ${typeof error}`
  return `${error.name} ${/\n\s+(at .+)/.exec(error.stack ?? '')?.[1] ?? ''}`.trim()
}

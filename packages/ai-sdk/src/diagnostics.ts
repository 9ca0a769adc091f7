import { ArtifactError, reportProblem } from '@span-artifacts/core'

/**
 * Runs a piece of the capture on the stack of a model call. Whatever goes wrong stays here and is reported: the
 * application never sees an exception of ours.
 *
 * @param activity what was being done, in words for the operator; never anything that came from a prompt or an answer
 * @param action must not call the application's own functions, whose errors are not ours to catch
 * @returns what `action` returned, or undefined when it threw
 */
export function shield<Result>(activity: string, action: () => Result): Result | undefined {
  try {
    return action()
  } catch (error) {
    reportProblem('ai_sdk_capture_failed', `${activity} failed: ${describe(error)}`)
    return undefined
  }
}

/** The message of a foreign error may quote a prompt (that of JSON.parse does); its name and its place do not. */
function describe(error: unknown): string {
  try {
    if (ArtifactError.isInstance(error)) return error.message
    if (!(error instanceof Error)) return `a thrown ${typeof error}`
    return `${error.name} ${/\n\s+(at .+)/.exec(error.stack ?? '')?.[1] ?? ''}`.trim()
  } catch {
    return 'an error that cannot be read'
  }
}

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

/** Names of errors are short, in characters. */
const ERROR_NAME = /^[A-Za-z_$][\w$]{0,49}$/

/** The message of a foreign error may quote a body (that of JSON.parse does); its name and its place do not. */
function describe(error: unknown): string {
  if (ArtifactError.isInstance(error)) return error.message
  if (!(error instanceof Error)) return `a thrown ${typeof error}`
  try {
    const { name } = error
    return `${typeof name === 'string' && ERROR_NAME.test(name) ? name : 'Error'} ${placeOf(error)}`.trim()
  } catch {
    return 'an error that cannot be read'
  }
}

/** The first line of the stack. What comes before it is the message, any line of which may look like a place. */
function placeOf({ message, stack = '' }: Error): string {
  const header = message === '' ? /^\w+:? ?(?=\n)/.exec(stack)?.[0] : `: ${message}`
  const start = header === undefined ? -1 : stack.indexOf(header)
  if (header === undefined || start === -1) return ''
  return /^\n\s+(at .+)/.exec(stack.slice(start + header.length))?.[1] ?? ''
}

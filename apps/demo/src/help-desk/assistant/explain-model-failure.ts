import { APICallError, RetryError } from 'ai'
import { Problem } from '../problem.js'

const BAD_GATEWAY = 502

/**
 * What to tell of a model that gave no answer. Its own message is not told, because it may quote the key or the prompt.
 *
 * @param modelName as people call it
 */
export function explainModelFailure(error: unknown, modelName: string): Problem {
  const cause = RetryError.isInstance(error) ? error.lastError : error
  const why = APICallError.isInstance(cause)
    ? cause.statusCode === undefined
      ? 'it could not be reached'
      : `it answered with status ${cause.statusCode}`
    : cause instanceof Error
      ? cause.name
      : 'unknown error'
  return new Problem(BAD_GATEWAY, 'model_failed', `There is no answer from ${modelName}: ${why}.`)
}

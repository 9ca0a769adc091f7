import { ArtifactConfigurationError } from '@span-artifacts/core'
import { isPromiseLike } from './promise-like.js'

/**
 * Passes on what a function of the application answered, unless that is a promise: nobody waits for it, and any promise would
 * count as `true`. One that is rejected must not end the process, which it would where nobody else holds it.
 *
 * @param option the option that the function was given as
 * @throws ArtifactConfigurationError where the answer is a promise
 */
export function answerAtOnce<Answer>(option: string, answer: Answer): Answer {
  if (!isPromiseLike(answer)) return answer
  void Promise.resolve(answer).catch(() => undefined)
  const message = `the function "${option}" answered with a promise: it must not be async, and answer at once`
  throw new ArtifactConfigurationError('invalid_option', option, message)
}

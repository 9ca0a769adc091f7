import { setImmediate } from 'node:timers/promises'

/** Runs a task when all that were given before it have ended, and gives back what it gives back. */
export type OneAtATime = <Result>(task: () => Promise<Result>) => Promise<Result>

/** A line of tasks of which one is under way at any time. Between two of them everything else gets its turn. */
export function oneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const result = last.then(task)
    last = result.catch(() => {}).then(() => setImmediate())
    return result
  }
}

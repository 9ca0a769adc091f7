import { createDeferred } from './deferred.js'

/** A point in time that several waits share. */
export interface Deadline {
  /** Waits for the task, but not beyond the deadline. @returns whether the task was in time */
  orEarlier(task: Promise<unknown>): Promise<boolean>
  /** How far away it still is, in milliseconds. */
  remainingMs(): number
  /** Frees the timer. */
  cancel(): void
}

/**
 * Starts a deadline. It keeps the process alive: somebody awaits it.
 *
 * @param timeoutMs how far away it is, in milliseconds
 */
export function startDeadline(timeoutMs: number): Deadline {
  const { promise: expired, resolve: expire } = createDeferred<boolean>()
  const timer = setTimeout(() => expire(false), timeoutMs)
  const expiresAtMs = performance.now() + timeoutMs
  return {
    remainingMs: () => Math.max(0, expiresAtMs - performance.now()),
    orEarlier: (task) => Promise.race([task.then(() => true), expired]),
    cancel: () => clearTimeout(timer),
  }
}

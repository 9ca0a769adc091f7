/** Runs `task` after a delay, in milliseconds, unless the process has nothing else to do and ends first. */
export function startUnrefTimer(task: () => void, delayMs: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(task, delayMs)
  // Node's timers can be told not to keep the process alive; elsewhere they are numbers.
  const unrefable: { unref?: () => unknown } = timer
  unrefable.unref?.()
  return timer
}

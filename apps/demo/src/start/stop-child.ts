import type { ChildProcess } from 'node:child_process'

/** Longer than any child takes at most to end its requests and send what waits. */
const STOP_TIMEOUT_MS = 30_000

/** How a process ended: its exit code, or the signal that killed it. */
export type ProcessEnd = number | NodeJS.Signals

/** Asks a child to end, and kills it when that takes too long. */
export async function stopChild(child: ChildProcess, exited: Promise<ProcessEnd>): Promise<ProcessEnd> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
  const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  const result = await exited
  clearTimeout(deadline)
  return result
}

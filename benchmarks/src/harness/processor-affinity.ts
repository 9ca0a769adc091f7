import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/**
 * Keeps a thread or a process on one processor, so that two that talk over loopback do not end up on the same one and
 * wait for each other's time slices (Linux wakes a receiver where its sender runs). Where the system has no `taskset`, or
 * the machine only one processor, nothing happens.
 *
 * @param processor counts from 0
 * @param options.allThreads of the process; default: its main thread only
 */
export function keepOnProcessor(pid: number, processor: number, options: { allThreads?: boolean } = {}): void {
  if (availableParallelism() < 2) return
  const threads = options.allThreads === true ? ['--all-tasks'] : []
  spawnSync('taskset', [...threads, '--cpu-list', '--pid', String(processor), String(pid)], { stdio: 'ignore' })
}

/** Where what is measured runs. */
export const MEASURED_PROCESSOR = 0
/** Where what it talks to runs. */
export const OTHER_PROCESSOR = 1

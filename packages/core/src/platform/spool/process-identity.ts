import { readFile, readlink } from 'node:fs/promises'

/** Who a process is, so that another one can tell whether it is still there. */
export interface ProcessIdentity {
  readonly pid: number
  /** The boot and the pid namespace that the pid belongs to; undefined where the system does not tell. */
  readonly scope: string | undefined
  /** When it started, in the system's own unit; tells it from a later process with the same pid. */
  readonly startTime: string | undefined
}

/** The place of the start time in `/proc/<pid>/stat`, counted after the name: proc(5), field 22. */
const START_TIME_FIELD = 19

/** This process. Only Linux tells a scope. */
export async function currentProcess(): Promise<ProcessIdentity> {
  const [boot, namespace, status] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => undefined),
    readlink('/proc/self/ns/pid').catch(() => undefined),
    processStatus('self'),
  ])
  const scope = boot === undefined || namespace === undefined ? undefined : `${boot.trim()} ${namespace}`
  return { pid: process.pid, scope, startTime: status?.startTime }
}

/**
 * Whether a process is dead or alive. A pid alone proves nothing: it collides between containers and is used again. Within
 * the same boot and namespace, pid and start time together do.
 *
 * @returns undefined when this process cannot tell
 */
export async function livenessOf(other: ProcessIdentity, self: ProcessIdentity): Promise<'alive' | 'dead' | undefined> {
  if (self.scope === undefined || self.startTime === undefined || other.scope !== self.scope) return undefined
  const status = await processStatus(String(other.pid))
  if (status === undefined || status.state === 'Z' || status.state === 'X') return 'dead'
  return status.startTime === other.startTime ? 'alive' : 'dead'
}

async function processStatus(pid: string): Promise<{ state: string; startTime: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The name in parentheses may hold anything, a parenthesis too.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, startTime] = [fields?.[0], fields?.[START_TIME_FIELD]]
  return state === undefined || startTime === undefined ? undefined : { state, startTime }
}

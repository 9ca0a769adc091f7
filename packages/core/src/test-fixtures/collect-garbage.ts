import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** Collects what nobody can reach, and lets the finalizers of it run. */
export async function collectGarbage(): Promise<void> {
  // What the current turn has read through a weak reference stays until its end.
  await nextTurn()
  if (typeof collect === 'function') collect()
  await nextTurn()
}

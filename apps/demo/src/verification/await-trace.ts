import { setTimeout as delay } from 'node:timers/promises'
import type { Exchange } from '../traffic/exchange.js'
import type { ArtifactServer, Trace } from './artifact-server.js'
import { matchArtifacts } from './match-artifacts.js'

const POLL_INTERVAL_MS = 100

/**
 * Waits until a trace and the blobs of all its expected artifacts have arrived.
 *
 * @param deadline time of the last look, in milliseconds since the epoch
 * @returns the trace as it is when everything is there, or as it was at the deadline
 */
export async function awaitTrace(
  server: ArtifactServer,
  { traceId, expected }: Exchange,
  { deadline, signal }: { deadline: number; signal?: AbortSignal | undefined },
): Promise<Trace | undefined> {
  for (;;) {
    const trace = await server.trace(traceId)
    const { pairs, missing } = matchArtifacts(expected, trace)
    // What was dropped or deleted will not come any more.
    const isSettled = pairs.every(({ actual }) => actual.state !== 'pending' && actual.state !== 'missing')
    // The server's own span ends last: with it, and with every blob, there is nothing left to come.
    if (trace?.spans.some(({ kind }) => kind === 'SERVER') && missing.length === 0 && isSettled) return trace
    if (Date.now() >= deadline) return trace
    await delay(POLL_INTERVAL_MS, undefined, signal && { signal })
  }
}

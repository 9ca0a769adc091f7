import type { Exchange } from '../traffic/exchange.js'
import type { ArtifactServer, TraceArtifact } from './artifact-server.js'
import { awaitTrace } from './await-trace.js'
import { matchArtifacts } from './match-artifacts.js'
import { verifyArtifact } from './verify-artifact.js'

/** What the server has of one exchange. */
export interface VerifiedExchange {
  readonly exchange: Exchange
  /** Those that are right. */
  readonly artifacts: readonly TraceArtifact[]
  /** What is missing, wrong, or too much, in words. */
  readonly problems: readonly string[]
}

/**
 * Waits until everything of an exchange has arrived, reads it back and compares it, byte for byte.
 *
 * @param options `deadline`: until when it may take to arrive, in milliseconds since the epoch
 */
export async function verifyExchange(
  server: ArtifactServer,
  exchange: Exchange,
  options: { deadline: number; signal?: AbortSignal | undefined },
): Promise<VerifiedExchange> {
  const trace = await awaitTrace(server, exchange, options)
  if (!trace) return { exchange, artifacts: [], problems: [`the server has no trace ${exchange.traceId}`] }
  const { pairs, missing, surplus } = matchArtifacts(exchange.expected, trace)
  const problems = [
    ...missing.map(({ key, field, filename }) => {
      const which = field ?? filename
      return `${key}${which === undefined ? '' : ` (${which})`} is missing`
    }),
    ...surplus.map(({ key }) => `${key} was neither sent nor received`),
  ]
  const artifacts: TraceArtifact[] = []
  for (const { actual, expected } of pairs) {
    const problem = await verifyArtifact(server, actual, expected)
    if (problem === undefined) artifacts.push(actual)
    else problems.push(problem)
  }
  return { exchange, artifacts, problems }
}

import { REQUEST_BODY_KEY, RESPONSE_BODY_KEY } from '../traffic/exchange.js'
import type { TraceArtifact } from '../verification/artifact-server.js'
import type { VerifiedExchange } from '../verification/verify-exchange.js'

const LABELS: Readonly<Record<string, string>> = {
  [REQUEST_BODY_KEY]: 'request body',
  [RESPONSE_BODY_KEY]: 'response body',
}

/** Attributes of language models, which tell by their place what an artifact is, and not by their name. */
const MESSAGE_PREFIX = 'gen_ai.'

/**
 * One line about a trace: the request, the artifacts, and where to look at it.
 *
 * @param viewerUrl where the viewer is, without a trailing slash
 */
export function describeTrace({ exchange, artifacts, problems }: VerifiedExchange, viewerUrl: string): string {
  const names = countEqual(artifacts.map(describeArtifact))
  const failures = problems.map((problem) => `PROBLEM: ${problem}`)
  const { title, status, traceId } = exchange
  return `${title} → ${status}: ${[...names, ...failures].join(', ')}  ${viewerUrl}/traces/${traceId}`
}

function describeArtifact({ key, reference }: TraceArtifact): string {
  const label = LABELS[key] ?? (key.startsWith(MESSAGE_PREFIX) ? reference.content_type : key)
  return `${reference.filename ?? label} ${formatSize(reference.size_bytes)}`
}

/** Several spans refer to the same picture: it is named once, with how often. */
function countEqual(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`))
}

/** Writes a size for people, in decimal units: `601 kB`. */
export function formatSize(bytes: number): string {
  const UNITS = ['B', 'kB', 'MB', 'GB']
  let value = bytes
  let unit = 0
  // 999.5 would be written as 1000.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`
}

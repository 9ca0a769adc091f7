import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunningSite } from './running-site.js'

const POLL_INTERVAL_MS = 50
const ARRIVAL_TIMEOUT_MS = 20_000

export const REQUEST_BODY = 'span_artifacts.http.request.body'
export const REQUEST_FILES = 'span_artifacts.http.request.files'
export const RESPONSE_BODY = 'span_artifacts.http.response.body'

/** An artifact as the server's read API shows it. */
export interface StoredArtifact {
  readonly key: string
  readonly state: 'ready' | 'pending' | 'missing' | 'deleted' | 'dropped'
  readonly reference: {
    readonly sha256: string
    readonly size_bytes: number
    readonly content_type: string
    readonly filename?: string
    readonly field?: string
    readonly truncated?: boolean
    readonly dropped?: string
  }
}

export interface StoredSpan {
  readonly name: string
  readonly kind: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly artifacts: readonly StoredArtifact[]
}

/** A trace that the test names itself, so that it finds it again. */
export interface ChosenTrace {
  readonly traceId: string
  /** W3C Trace Context. */
  readonly traceparent: string
}

/** @param sampled whether whoever started the trace keeps it */
export function chooseTrace({ sampled }: { sampled: boolean } = { sampled: true }): ChosenTrace {
  const traceId = randomBytes(16).toString('hex')
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-${sampled ? '01' : '00'}` }
}

/** What the server has of a trace by now. */
export async function readSpans({ serverUrl }: RunningSite, traceId: string): Promise<readonly StoredSpan[]> {
  const response = await fetch(`${serverUrl}/v1/traces/${traceId}`)
  if (response.status === 404) return []
  const { spans }: { spans: StoredSpan[] } = JSON.parse(await response.text())
  return spans
}

/**
 * Waits until a trace has its SERVER span and artifacts under these attributes, and nothing of it is still on its way.
 *
 * @param keys attributes, each as often as it must have an artifact
 * @param options `others`: attributes that may have artifacts too
 * @returns the artifacts of the keys, in their order
 * @throws Error that says what is there instead
 */
export async function awaitArtifacts(
  site: RunningSite,
  { traceId }: ChosenTrace,
  keys: readonly string[],
  { others = [] }: { others?: readonly string[] } = {},
): Promise<StoredArtifact[]> {
  const deadline = Date.now() + ARRIVAL_TIMEOUT_MS
  for (;;) {
    const spans = await readSpans(site, traceId)
    const artifacts = spans.flatMap((span) => span.artifacts)
    const counted = artifacts.filter(({ key }) => !others.includes(key))
    const isWhole = spans.some(({ kind }) => kind === 'SERVER')
    const isSettled = artifacts.every(({ state }) => state === 'ready' || state === 'dropped')
    if (isWhole && isSettled && hasExactly(counted, keys)) return inOrder(counted, keys)
    if (Date.now() >= deadline) {
      const found = spans.map(({ name, kind, artifacts: own }) => ({ name, kind, artifacts: own }))
      throw new Error(`expected ${keys.join(', ')} in trace ${traceId}, found ${JSON.stringify(found, undefined, 1)}`)
    }
    await delay(POLL_INTERVAL_MS)
  }
}

/** The bytes of an artifact that must be ready, checked against its reference. */
export async function readBlob({ serverUrl }: RunningSite, { key, state, reference }: StoredArtifact): Promise<Buffer> {
  if (state !== 'ready') throw new Error(`${key} is ${state}: ${JSON.stringify(reference)}`)
  const response = await fetch(`${serverUrl}/v1/artifacts/${reference.sha256}/blob`)
  const bytes = Buffer.from(await response.arrayBuffer())
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (!response.ok || sha256 !== reference.sha256 || bytes.length !== reference.size_bytes) {
    throw new Error(`${key}: ${response.status}, ${bytes.length} bytes with the digest ${sha256}`)
  }
  return bytes
}

function hasExactly(artifacts: readonly StoredArtifact[], keys: readonly string[]): boolean {
  return (
    artifacts
      .map(({ key }) => key)
      .sort()
      .join() === [...keys].sort().join()
  )
}

function inOrder(artifacts: readonly StoredArtifact[], keys: readonly string[]): StoredArtifact[] {
  const remaining = [...artifacts]
  return keys.flatMap((key) =>
    remaining.splice(
      remaining.findIndex((each) => each.key === key),
      1,
    ),
  )
}

import type { ArtifactMetadata, Trace, TracePage, ViewerSession } from './contract.js'
import { request, requestJson } from './request.js'

const tracesPerPage = 50
const sha256Pattern = /^[0-9a-f]{64}$/

/** Whether `value` is a lower-case hexadecimal sha256: the only thing that blob addresses are ever built from. */
export function isSha256(value: unknown): value is string {
  return typeof value === 'string' && sha256Pattern.test(value)
}

/** Where the bytes of an artifact are, on this server, whatever the reference's own `url` says. */
export function blobPath(sha256: string): string {
  return `/v1/artifacts/${encodeURIComponent(sha256)}/blob`
}

/**
 * Where the server answers with what the bytes at a {@link blobPath} decode to. The parameters are members of the reference.
 */
export function decodedPath(
  path: string,
  { contentEncoding, truncated = false }: { readonly contentEncoding: string; readonly truncated?: boolean },
): string {
  const query = new URLSearchParams({ content_encoding: contentEncoding, ...(truncated && { truncated: 'true' }) })
  return `${path}?${query}`
}

export function fetchTraces(cursor: string | null, signal?: AbortSignal): Promise<TracePage> {
  const query = new URLSearchParams({ limit: String(tracesPerPage) })
  if (cursor !== null) query.set('cursor', cursor)
  return requestJson(`/v1/traces?${query}`, withSignal(signal))
}

export function fetchTrace(traceId: string, signal?: AbortSignal): Promise<Trace> {
  return requestJson(`/v1/traces/${encodeURIComponent(traceId)}`, withSignal(signal))
}

export function fetchArtifact(sha256: string, signal?: AbortSignal): Promise<ArtifactMetadata> {
  return requestJson(`/v1/artifacts/${encodeURIComponent(sha256)}`, withSignal(signal))
}

export function fetchSession(signal?: AbortSignal): Promise<ViewerSession> {
  return requestJson('/v1/viewer/session', withSignal(signal))
}

/** Exchanges a read token for a cookie that scripts cannot read, so that `<img>` and `<audio>` are let in too. */
export async function logIn(token: string): Promise<void> {
  await request('/v1/viewer/session', { method: 'POST', body: { token } })
}

export async function logOut(): Promise<void> {
  await request('/v1/viewer/session', { method: 'DELETE' })
}

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

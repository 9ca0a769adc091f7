import { z } from 'zod'
import { reasonOf, StartError } from '../start/start-error.js'

const REQUEST_TIMEOUT_MS = 30_000
const NOT_FOUND = 404

const artifact = z.object({
  key: z.string(),
  state: z.enum(['ready', 'pending', 'missing', 'deleted', 'dropped']),
  reference: z.looseObject({
    sha256: z.string(),
    size_bytes: z.number(),
    content_type: z.string(),
    filename: z.string().optional(),
    field: z.string().optional(),
    truncated: z.boolean().optional(),
    dropped: z.string().optional(),
  }),
})
const span = z.looseObject({ name: z.string(), kind: z.string(), artifacts: z.array(artifact) })
const traceAnswer = z.looseObject({ trace_id: z.string(), spans: z.array(span) })
const metadataAnswer = z.looseObject({ sha256: z.string(), size_bytes: z.number(), content_type: z.string() })

/** An artifact as a span refers to it. */
export type TraceArtifact = z.infer<typeof artifact>
export type Trace = z.infer<typeof traceAnswer>
type ArtifactMetadata = z.infer<typeof metadataAnswer>

/** The read API of the server, over HTTP, as anybody may use it. */
export interface ArtifactServer {
  readonly url: string
  /** `undefined` while the server has nothing of this trace. */
  trace(traceId: string): Promise<Trace | undefined>
  /** `undefined` if the server has no such artifact. */
  metadata(sha256: string): Promise<ArtifactMetadata | undefined>
  /** `undefined` if the server has no such artifact. */
  blob(sha256: string): Promise<Buffer | undefined>
  /** Whether the server asks for tokens. */
  needsTokens(): Promise<boolean>
}

/** @param url where the server listens, without a trailing slash */
export function createArtifactServer(url: string): ArtifactServer {
  const get = async (path: string): Promise<Response | undefined> => {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) }).catch(
      (cause: unknown) => {
        throw new StartError(`The server gave no answer to GET ${path}: ${reasonOf(cause)}.`, { cause })
      },
    )
    if (response.ok) return response
    await response.body?.cancel()
    if (response.status === NOT_FOUND) return undefined
    throw new StartError(`The server answered ${response.status} to GET ${path}.`)
  }
  return {
    url,
    async trace(traceId) {
      const response = await get(`/v1/traces/${traceId}`)
      return response && traceAnswer.parse(await response.json())
    },
    async metadata(sha256) {
      const response = await get(`/v1/artifacts/${sha256}`)
      return response && metadataAnswer.parse(await response.json())
    },
    async blob(sha256) {
      const response = await get(`/v1/artifacts/${sha256}/blob`)
      return response && Buffer.from(await response.arrayBuffer())
    },
    async needsTokens() {
      const response = await get('/v1/viewer/session')
      return !z.object({ open: z.boolean() }).parse(await response?.json()).open
    },
  }
}

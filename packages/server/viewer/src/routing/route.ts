/** The pages of the viewer, read from the address. */
export type Route =
  | { readonly page: 'traces' }
  | { readonly page: 'trace'; readonly traceId: string; readonly spanId: string | undefined }
  | { readonly page: 'artifact'; readonly sha256: string }
  | { readonly page: 'unknown'; readonly path: string }

const traceIdPattern = /^[0-9a-f]{32}$/
const spanIdPattern = /^[0-9a-f]{16}$/
const sha256Pattern = /^[0-9a-f]{64}$/

/** Reads a path and query such as `/traces/4bf9…?span=00f0…`; anything it does not know is `unknown`, never an error. */
export function parseRoute(path: string, search = ''): Route {
  const segments = path.split('/').filter((segment) => segment !== '')
  const [first, second, ...rest] = segments
  if (first === undefined) return { page: 'traces' }
  if (rest.length === 0 && second !== undefined) {
    const id = second.toLowerCase()
    if (first === 'traces' && traceIdPattern.test(id)) {
      const span = new URLSearchParams(search).get('span')?.toLowerCase()
      return { page: 'trace', traceId: id, spanId: span !== undefined && spanIdPattern.test(span) ? span : undefined }
    }
    if (first === 'artifacts' && sha256Pattern.test(id)) return { page: 'artifact', sha256: id }
  }
  if (first === 'traces' && second === undefined) return { page: 'traces' }
  return { page: 'unknown', path }
}

/** The address of a trace, with one of its spans selected if given. */
export function tracePath(traceId: string, spanId?: string): string {
  const path = `/traces/${encodeURIComponent(traceId)}`
  return spanId === undefined ? path : `${path}?span=${encodeURIComponent(spanId)}`
}

/** The address of the page of one artifact. */
export function artifactPath(sha256: string): string {
  return `/artifacts/${encodeURIComponent(sha256)}`
}

/** Whether `text` is a whole trace id, so that a search box can open it directly. */
export function isTraceId(text: string): boolean {
  return traceIdPattern.test(text)
}

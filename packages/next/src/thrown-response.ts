/** `redirect()` throws an error with the digest `NEXT_REDIRECT;<type>;<url>;<status>;`. */
const REDIRECT_DIGEST = /^NEXT_REDIRECT;.*;(\d{3});$/
/** `notFound()`, `forbidden()` and `unauthorized()` throw errors with the digest `NEXT_HTTP_ERROR_FALLBACK;<status>`. */
const HTTP_ERROR_DIGEST = /^NEXT_HTTP_ERROR_FALLBACK;(\d{3})$/
const INTERNAL_SERVER_ERROR = 500
/** What a `Response` may be made with. */
const MIN_STATUS = 200
const MAX_STATUS = 599

/** Stands in for the response that Next makes of what a route handler throws: it has the same status, and no body. */
export function responseThrown(error: unknown): Response {
  return new Response(null, { status: statusOf(error) ?? INTERNAL_SERVER_ERROR })
}

function statusOf(error: unknown): number | undefined {
  try {
    const digest: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'digest') : undefined
    if (typeof digest !== 'string') return undefined
    const status = Number((REDIRECT_DIGEST.exec(digest) ?? HTTP_ERROR_DIGEST.exec(digest))?.[1])
    return status >= MIN_STATUS && status <= MAX_STATUS ? status : undefined
  } catch {
    // Anything can be thrown, a proxy too, and it has to get to Next as it is.
    return undefined
  }
}

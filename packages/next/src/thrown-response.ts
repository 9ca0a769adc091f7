/** `redirect()` throws an error with the digest `NEXT_REDIRECT;<type>;<url>;<status>;`. */
const REDIRECT_DIGEST = /^NEXT_REDIRECT;.*;(\d{3});$/
/** `notFound()`, `forbidden()` and `unauthorized()` throw errors with the digest `NEXT_HTTP_ERROR_FALLBACK;<status>`. */
const HTTP_ERROR_DIGEST = /^NEXT_HTTP_ERROR_FALLBACK;(\d{3})$/
const INTERNAL_SERVER_ERROR = 500

/** Stands in for the response that Next makes of what a route handler throws: it has the same status, and no body. */
export function responseThrown(error: unknown): Response {
  const digest: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'digest') : undefined
  const match = REDIRECT_DIGEST.exec(String(digest)) ?? HTTP_ERROR_DIGEST.exec(String(digest))
  return new Response(null, { status: Number(match?.[1] ?? INTERNAL_SERVER_ERROR) })
}

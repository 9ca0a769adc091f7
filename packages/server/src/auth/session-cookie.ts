/**
 * The session's secret in a `Cookie` header.
 *
 * @param secure whether the viewer is reached over https
 */
export function readSessionCookie(header: string | undefined, secure: boolean): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.split('=', 2)
    if (name?.trim() === cookieName(secure) && value !== undefined) return value.trim()
  }
  return undefined
}

/** How a session's cookie is set. */
export interface SessionCookie {
  secret: string
  maxAgeSeconds: number
  /** Whether the viewer is reached over https. */
  secure: boolean
}

/** A `Set-Cookie` header that scripts cannot read and other sites cannot make a browser send (RFC 6265bis). */
export function sessionCookie(cookie: SessionCookie): string {
  const attributes = `Path=/; Max-Age=${cookie.maxAgeSeconds}; HttpOnly; SameSite=Strict`
  return `${cookieName(cookie.secure)}=${cookie.secret}; ${attributes}${cookie.secure ? '; Secure' : ''}`
}

/** Over https the prefix keeps other hosts of the same domain from planting a session of theirs (RFC 6265bis). */
function cookieName(secure: boolean): string {
  return `${secure ? '__Host-' : ''}span_artifacts_session`
}

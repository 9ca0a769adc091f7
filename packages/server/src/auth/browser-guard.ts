import { ApiError } from '../http/api-error.js'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The parts of a request that tell where a browser sent it from. */
export interface BrowserRequest {
  method: string
  host: string | undefined
  origin: string | undefined
}

/**
 * Refuses a `Host` other than this machine's own names. A server without tokens trusts whoever reaches its loopback
 * port; a web page whose name was re-pointed to 127.0.0.1 (DNS rebinding) does reach it, but under its own name.
 *
 * @throws ApiError 403
 */
export function requireLoopbackHost(host: string | undefined): void {
  const name = hostName(host)
  if (name !== undefined && isLoopbackName(name)) return
  throw new ApiError(
    403,
    'forbidden_host',
    'Host: a server without tokens answers only to localhost, 127.0.0.1 and [::1]; create a token to serve other names',
  )
}

/**
 * Refuses a state-changing request that a page of another site sent.
 *
 * @param publicHost the host under which the server is reached, where a proxy changes the `Host` header
 * @throws ApiError 403
 */
export function requireSameOrigin(request: BrowserRequest, publicHost: string | undefined): void {
  if (request.origin === undefined || safeMethods.has(request.method)) return
  const originHost = URL.canParse(request.origin) ? new URL(request.origin).host : undefined
  if (originHost !== undefined && (originHost === request.host?.toLowerCase() || originHost === publicHost)) return
  throw new ApiError(403, 'forbidden_origin', 'Origin: requests from pages of other sites are refused')
}

/** Whether an address to listen on is reached from this machine alone. */
export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

/** Browsers resolve all names below `localhost` to this machine (RFC 6761, section 6.3). */
function isLoopbackName(name: string): boolean {
  return isLoopbackAddress(name) || name === '[::1]' || name.endsWith('.localhost')
}

function hostName(host: string | undefined): string | undefined {
  if (host === undefined || !URL.canParse(`http://${host}`)) return undefined
  return new URL(`http://${host}`).hostname
}

import { platform } from '#platform'
import { ArtifactUploadError } from '../errors.js'
import { hostScope } from './ip-address.js'

/** Where the broker wants the bytes: its own blob endpoint, or an object store by a signed URL. */
export interface UploadTarget {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Whether the bearer token goes along. */
  readonly authorized: boolean
}

/** What a broker may make a client send: what object stores sign, and nothing that means something to other servers. */
const allowedHeaders =
  /^(?:cache-control|content-disposition|content-md5|content-type|if-none-match|x-amz-[a-z0-9-]+|x-goog-[a-z0-9-]+|x-ms-[a-z0-9-]+)$/

/** RFC 9110 section 5.5, without obs-text. */
const headerValue = /^[\t\x20-\x7e]*$/

/**
 * Checks where a broker sends a client, because a broker may be wrong or no longer ours: no way into private networks,
 * no token for strangers, no headers of its choice.
 *
 * The broker's own origin and the trusted ones may be anything. Others must be https on a public address; loopback, also
 * without https, only if the broker is there too.
 *
 * @param upload the `upload` member of a registration's answer
 * @throws ArtifactUploadError `invalid_answer` or `unsafe_upload_url`; messages name the origin only
 */
export async function checkUploadTarget(
  upload: { url: string; requiresAuth: boolean; headers: Readonly<Record<string, unknown>> },
  broker: { endpoint: URL; trustedUploadOrigins: readonly string[] },
): Promise<UploadTarget> {
  if (!URL.canParse(upload.url, broker.endpoint.href)) throw invalid('an upload URL that is none')
  const url = new URL(upload.url, broker.endpoint)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw unsafe(url, 'is neither http nor https')
  if (url.username !== '' || url.password !== '') throw unsafe(url, 'holds a user name or password')
  const isBroker = url.origin === broker.endpoint.origin
  if (upload.requiresAuth && !isBroker) throw unsafe(url, 'asks for the token, but is not the broker')
  if (!isBroker && !broker.trustedUploadOrigins.includes(url.origin)) await checkStranger(url, broker.endpoint)
  return { url, authorized: upload.requiresAuth, headers: checkHeaders(upload.headers) }
}

async function checkStranger(url: URL, endpoint: URL): Promise<void> {
  const scope = await reach(url.hostname)
  if (scope === 'loopback' && (await reach(endpoint.hostname)) === 'loopback') return
  if (scope !== 'public') throw unsafe(url, `is on a ${scope} address`)
  if (url.protocol !== 'https:') throw unsafe(url, 'is not https')
}

/** The most private place that a host name leads to. */
async function reach(hostname: string): Promise<'loopback' | 'private' | 'public'> {
  const named = hostScope(hostname)
  if (named !== 'public') return named
  const scopes = new Set((await platform.resolveAddresses(hostname)).map(hostScope))
  if (scopes.has('private')) return 'private'
  return scopes.has('loopback') ? 'loopback' : 'public'
}

function checkHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => {
    const lowerName = name.toLowerCase()
    if (!allowedHeaders.test(lowerName)) throw invalid(`the header ${JSON.stringify(name)}, which is not allowed`)
    if (typeof value !== 'string' || !headerValue.test(value)) throw invalid(`a bad value for the header ${lowerName}`)
    return [lowerName, value]
  })
  return Object.fromEntries(entries)
}

function unsafe(url: URL, problem: string): ArtifactUploadError {
  return new ArtifactUploadError(
    'unsafe_upload_url',
    `the broker names an upload URL that ${problem} (${url.origin}); list the origin in trustedUploadOrigins if it is yours`,
  )
}

function invalid(what: string): ArtifactUploadError {
  return new ArtifactUploadError('invalid_answer', `the broker answered the registration with ${what}`)
}

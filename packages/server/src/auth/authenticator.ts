import { insufficientScope, unauthorized } from '../http/api-error.js'
import type { TokenRecord, TokenScope } from '../storage/catalog/access.js'
import type { Catalog } from '../storage/catalog/catalog.js'
import { digestSecret, randomBase62, sameDigest, tokenId } from './token.js'

/** The project that a server without tokens keeps everything in, and that fixed tokens belong to. */
export const defaultProjectName = 'default'

const sessionLifetimeMs = 12 * 60 * 60 * 1000
const sessionSecretBits = 256
const bearerPattern = /^Bearer +([^\s]+) *$/i

/** Tokens given by the environment instead of being created; they belong to the project `default`. */
export interface FixedTokens {
  write?: string
  read?: string
}

/** What a request may do, and in which project. */
export interface Access {
  projectId: string
  scopes: readonly TokenScope[]
}

/** The secrets that a request carries. */
export interface Credentials {
  /** The `Authorization` header. */
  authorization: string | undefined
  /** The secret in the session's cookie. Counts for reading, and only where there is no `Authorization` header. */
  sessionSecret: string | undefined
}

/** Knows who may do what. */
export interface Authenticator {
  /** Whether there are no tokens at all, so that everybody who reaches the (loopback) port may do everything. */
  isOpen(): Promise<boolean>
  /**
   * Says in which project a request may use a scope.
   *
   * @throws ApiError 401 without valid credentials, 403 where they do not allow the scope
   */
  authorize(credentials: Credentials, scope: TokenScope): Promise<Access>
  /** Whether the credentials are valid for reading. */
  canRead(credentials: Credentials): Promise<boolean>
  /**
   * Exchanges a read token for a session.
   *
   * @throws ApiError 401 for no valid token, 403 for one that cannot read
   */
  logIn(token: string): Promise<{ secret: string; maxAgeSeconds: number }>
  /** Ends a session; an unknown one is no error. */
  logOut(secret: string): Promise<void>
}

/** Options of {@link createAuthenticator}. */
export interface AuthenticatorOptions {
  catalog: Catalog
  fixedTokens: FixedTokens
  /** Identifier of the project `default`. */
  defaultProjectId: string
}

/** Builds the authenticator over the tokens of a catalog. A revoked token stops at once, and its sessions with it. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { catalog, defaultProjectId } = options
  const fixed = fixedRecords(options.fixedTokens, defaultProjectId)

  const findToken = async (token: string): Promise<TokenRecord | undefined> => {
    const digest = digestSecret(token)
    const fixedMatch = fixed.find((record) => sameDigest(record.digest, digest))
    if (fixedMatch !== undefined) return fixedMatch
    const id = tokenId(token)
    const record = id === undefined ? undefined : await catalog.tokens.find(id)
    return record !== undefined && record.revokedAt === null && sameDigest(record.digest, digest) ? record : undefined
  }

  const findSession = async (secret: string): Promise<Access | undefined> => {
    const session = await catalog.sessions.find(digestSecret(secret))
    if (session === undefined || session.expiresAt <= Date.now()) return undefined
    const token = fixed.find((record) => record.id === session.tokenId) ?? (await catalog.tokens.find(session.tokenId))
    if (token === undefined || token.revokedAt !== null) return undefined
    return { projectId: session.projectId, scopes: ['read'] }
  }

  // Never opens again: the server may listen on other addresses than loopback by now.
  let isClosed = fixed.length > 0
  const isOpen = async (): Promise<boolean> => {
    isClosed ||= await catalog.tokens.any()
    return !isClosed
  }

  const identify = async (credentials: Credentials): Promise<Access | undefined> => {
    if (await isOpen()) return { projectId: defaultProjectId, scopes: ['read', 'write'] }
    if (credentials.authorization !== undefined) {
      const token = bearerPattern.exec(credentials.authorization)?.[1]
      const record = token === undefined ? undefined : await findToken(token)
      return record && { projectId: record.projectId, scopes: [record.scope] }
    }
    return credentials.sessionSecret === undefined ? undefined : findSession(credentials.sessionSecret)
  }

  return {
    isOpen,

    async authorize(credentials, scope) {
      const access = await identify(credentials)
      if (access === undefined) throw unauthorized()
      if (!access.scopes.includes(scope)) throw insufficientScope(scope)
      return access
    },

    async canRead(credentials) {
      return (await identify(credentials))?.scopes.includes('read') ?? false
    },

    async logIn(token) {
      const record = await findToken(token)
      if (record === undefined) throw unauthorized()
      if (record.scope !== 'read') throw insufficientScope('read')
      const now = Date.now()
      const secret = randomBase62(sessionSecretBits)
      await catalog.sessions.removeExpired(now)
      await catalog.sessions.add({
        digest: digestSecret(secret),
        tokenId: record.id,
        projectId: record.projectId,
        expiresAt: now + sessionLifetimeMs,
      })
      return { secret, maxAgeSeconds: sessionLifetimeMs / 1000 }
    },

    async logOut(secret) {
      await catalog.sessions.remove(digestSecret(secret))
    },
  }
}

function fixedRecords(tokens: FixedTokens, projectId: string): TokenRecord[] {
  const scopes = ['write', 'read'] as const
  return scopes.flatMap((scope) => {
    const token = tokens[scope]
    if (token === undefined) return []
    const digest = digestSecret(token)
    // The identifier follows the secret: when the environment changes a token, the sessions of the old one end.
    return [{ id: `fixed-${digest}`, projectId, scope, digest, createdAt: 0, revokedAt: null }]
  })
}

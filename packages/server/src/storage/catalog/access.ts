/** A tenant. Tokens, artifacts and traces belong to exactly one, and nothing crosses from one to another. */
export interface Project {
  /** Lower-case letters and digits; safe in a path. */
  id: string
  name: string
}

/** What a token may do: `write` stores artifacts and spans, `read` sees them. */
export type TokenScope = 'read' | 'write'

/** A token as it is kept: never the token, only its SHA-256. */
export interface TokenRecord {
  id: string
  projectId: string
  scope: TokenScope
  /** SHA-256 of the whole token, 64 hexadecimal digits. */
  digest: string
  /** Milliseconds since the epoch. */
  createdAt: number
  /** Milliseconds since the epoch, or `null` while it is valid. */
  revokedAt: number | null
}

/** A viewer's login: the SHA-256 of the cookie's secret, and the read token that it stands for. */
export interface SessionRecord {
  digest: string
  tokenId: string
  projectId: string
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/** Projects and the secrets that stand for them. */
export interface ProjectCatalog {
  /** Finds a project by name and creates it where there is none. */
  ensure(name: string, now: number): Promise<Project>
  find(name: string): Promise<Project | undefined>
  /** Every project, by name. */
  list(): Promise<Project[]>
}

export interface TokenCatalog {
  add(token: TokenRecord): Promise<void>
  find(id: string): Promise<TokenRecord | undefined>
  /** All tokens, revoked ones too, oldest first. */
  list(): Promise<TokenRecord[]>
  /** Returns whether there was such a token that was still valid. */
  revoke(id: string, now: number): Promise<boolean>
  /** Whether a token was ever created, revoked ones included: a server that had one must not open up again. */
  any(): Promise<boolean>
}

export interface SessionCatalog {
  add(session: SessionRecord): Promise<void>
  find(digest: string): Promise<SessionRecord | undefined>
  remove(digest: string): Promise<void>
  removeExpired(now: number): Promise<void>
}

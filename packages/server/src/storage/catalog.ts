import type { ArtifactReference } from '@span-artifacts/core'
import type { JsonObject } from '../json.js'

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

/** What a client said about an artifact at registration. */
export interface ArtifactDescription {
  sha256: string
  sizeBytes: number
  contentType: string
  filename: string | null
}

/** `pending`: registered, bytes not confirmed; `ready`: bytes verified; `deleted`: never shown again, bytes going. */
export type ArtifactStatus = 'pending' | 'ready' | 'deleted'

/** An artifact of a project, as the catalog knows it. */
export interface ArtifactRecord extends ArtifactDescription {
  projectId: string
  status: ArtifactStatus
  /** First registration, milliseconds since the epoch. */
  createdAt: number
  /** When the registration of a pending artifact ends, milliseconds since the epoch. */
  expiresAt: number
}

/** A registration as the catalog needs it. */
export interface RegistrationRequest extends ArtifactDescription {
  projectId: string
  /** Now, milliseconds since the epoch. */
  now: number
  /** When the registration ends unless the bytes arrive, milliseconds since the epoch. */
  expiresAt: number
  /** When whatever bytes came for an ended registration are collected, milliseconds since the epoch. */
  collectAt: number
  /** The most that ready and pending artifacts of the project may occupy together, bytes; absent: no limit. */
  quotaBytes?: number
}

/** How an artifact is deleted. */
export interface Deletion {
  /** When the bytes of uploads that were under way are collected, milliseconds since the epoch. */
  collectAt: number
  removeBytes: () => Promise<void>
}

/** What a registration came to; only `ready` and `pending` change or confirm anything. */
export type RegistrationOutcome = 'ready' | 'pending' | 'size_mismatch' | 'quota_exceeded'

/** One page of a listing, newest first. */
export interface Page<Item> {
  items: Item[]
  /** Opaque; continues after the last item. `null` at the end. */
  nextCursor: string | null
}

/** Which page of a listing. */
export interface PageRequest {
  /** How many items at most. */
  limit: number
  /** A `nextCursor` of an earlier page. */
  cursor?: string
}

/** A span, decoded from OTLP. Times are decimal nanoseconds since the epoch, as they exceed the safe integers. */
export interface SpanRecord {
  /** 32 lower-case hexadecimal digits. */
  traceId: string
  /** 16 lower-case hexadecimal digits. */
  spanId: string
  parentSpanId: string | null
  name: string
  kind: SpanKindName
  startTimeUnixNano: string
  endTimeUnixNano: string
  status: SpanStatus
  attributes: JsonObject
  events: SpanEvent[]
  links: SpanLink[]
  scope: SpanScope
  resource: JsonObject
  /** The artifacts that the span's attributes refer to. */
  artifacts: SpanArtifactLink[]
}

export type SpanKindName = 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER'

export interface SpanStatus {
  code: 'UNSET' | 'OK' | 'ERROR'
  message?: string
}

export interface SpanEvent {
  name: string
  timeUnixNano: string
  attributes: JsonObject
}

export interface SpanLink {
  traceId: string
  spanId: string
  attributes: JsonObject
}

export interface SpanScope {
  name: string
  version: string
}

/** An artifact that a span refers to, and the attribute in which it does. */
export interface SpanArtifactLink {
  key: string
  reference: ArtifactReference
}

/** A reference, and what the catalog knows about the artifact. */
export interface LinkedArtifact extends SpanArtifactLink {
  stored: ArtifactRecord | null
}

/** A span together with what the catalog knows about each artifact that it refers to. */
export interface StoredSpan extends Omit<SpanRecord, 'artifacts'> {
  artifacts: LinkedArtifact[]
}

/** One line of the list of traces. */
export interface TraceSummary {
  traceId: string
  rootName: string
  serviceName: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  spanCount: number
  errorCount: number
  artifactCount: number
  /** A few of the artifacts, pictures first, for thumbnails. */
  previews: LinkedArtifact[]
}

/** A place in a trace where an artifact is referred to. */
export interface ArtifactUse {
  traceId: string
  spanId: string
  spanName: string
  key: string
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

export interface ArtifactCatalog {
  /** Registers, or renews, under a lock that makes the quota exact. A ready artifact stays as it is. */
  register(request: RegistrationRequest): Promise<RegistrationOutcome>
  find(projectId: string, sha256: string): Promise<ArtifactRecord | undefined>
  /** Makes a pending artifact ready. Returns its record as it is then; `undefined` where there is none. */
  markReady(projectId: string, sha256: string): Promise<ArtifactRecord | undefined>
  /**
   * Deletes an artifact: it is no longer shown, and its bytes are removed under a lock that keeps registrations of it
   * waiting. What an upload still under way brings is due for collection later. Registering it again renews it.
   *
   * @returns whether there was one to delete
   */
  delete(projectId: string, sha256: string, deletion: Deletion): Promise<boolean>
  /** Up to `limit` artifacts whose bytes are due for collection. */
  collectible(now: number, limit: number): Promise<ArtifactRecord[]>
  /**
   * Removes the bytes of an artifact that is still due, under a lock that keeps registrations of it waiting. A deleted
   * artifact stays known as deleted, a registration that never completed is forgotten.
   *
   * @returns whether it was still due
   */
  collect(artifact: ArtifactRecord, now: number, removeBytes: () => Promise<void>): Promise<boolean>
  /** Ready artifacts, newest first. */
  list(projectId: string, page: PageRequest): Promise<Page<ArtifactRecord>>
}

export interface TraceCatalog {
  /** Stores spans; one that is there already is replaced, so that a batch may come twice and in any order. */
  addSpans(projectId: string, spans: readonly SpanRecord[]): Promise<void>
  /** Newest first. */
  list(projectId: string, page: PageRequest): Promise<Page<TraceSummary>>
  /** The spans of a trace by start time; none for an unknown trace. */
  spans(projectId: string, traceId: string): Promise<StoredSpan[]>
  /** Where an artifact is referred to, newest first. */
  uses(projectId: string, sha256: string, limit: number): Promise<ArtifactUse[]>
}

/**
 * Everything that the server knows, apart from the bytes of artifacts. Each method is atomic by itself.
 *
 * @remarks A cursor that no listing gave out is rejected with an `InvalidCursorError`.
 */
export interface Catalog {
  readonly projects: ProjectCatalog
  readonly tokens: TokenCatalog
  readonly sessions: SessionCatalog
  readonly artifacts: ArtifactCatalog
  readonly traces: TraceCatalog
  close(): Promise<void>
}

/** A `cursor` that does not come from a listing of this catalog. */
export class InvalidCursorError extends Error {
  constructor() {
    super('cursor: not one that this listing gave out')
    this.name = 'InvalidCursorError'
  }
}

import type { Page, PageRequest } from './page.js'

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

/** What a registration came to; only `ready` and `pending` change or confirm anything. */
export type RegistrationOutcome = 'ready' | 'pending' | 'size_mismatch' | 'quota_exceeded'

/** How an artifact is deleted. */
export interface Deletion {
  /** When the bytes of uploads that were under way are collected, milliseconds since the epoch. */
  collectAt: number
  removeBytes: () => Promise<void>
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
  /**
   * Artifacts whose bytes are due for collection, always in the same order.
   *
   * @param limit up to so many
   * @param skip without the first so many. Default 0
   */
  collectible(now: number, limit: number, skip?: number): Promise<ArtifactRecord[]>
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

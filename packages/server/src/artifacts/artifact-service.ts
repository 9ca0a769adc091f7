import { createRateLimit } from '../http/rate-limit.js'
import { ApiError, notFound } from '../http/api-error.js'
import { BlobContentError, type BlobKey, type BlobStore } from '../storage/blob-store.js'
import type { ArtifactCatalog, ArtifactDescription, ArtifactRecord } from '../storage/catalog/artifacts.js'

/** What {@link createArtifactService} works with. */
export interface ArtifactServiceOptions {
  blobs: BlobStore
  catalog: ArtifactCatalog
  /** Largest artifact, bytes. */
  maxArtifactBytes: number
  /** The most that the artifacts of one project may occupy, bytes; absent: no limit. */
  projectQuotaBytes?: number
  /** The most registrations of one project in a minute; absent: no limit. */
  registrationsPerMinute?: number
  /** How long the bytes may follow a registration, milliseconds. */
  registrationLifetimeMs: number
  /** How long after that, or after a deletion, bytes are kept; longer than any upload takes. Milliseconds. */
  collectionGraceMs: number
}

/** The three steps by which an artifact comes in, and the look-ups by which it is found. */
export interface ArtifactService {
  /**
   * Counts a registration that is about to be read.
   *
   * @throws ApiError 429 when the project registers faster than it may
   */
  admit(projectId: string): void
  /**
   * Registers an artifact: `exists` where its bytes are here already, else `upload`.
   *
   * @throws ApiError 413, 422 `size_mismatch`, 507 `quota_exceeded`
   */
  register(projectId: string, description: ArtifactDescription): Promise<'exists' | 'upload'>
  /**
   * The registration that an upload belongs to, pending or ready already.
   *
   * @throws ApiError 404 where there is none, 410 where it has ended
   */
  uploadTarget(projectId: string, sha256: string): Promise<ArtifactRecord>
  /** Whether the verified bytes of an artifact are in the store. */
  isStored(artifact: ArtifactRecord): Promise<boolean>
  /**
   * Stores the bytes of a registered artifact, whole and verified or not at all.
   *
   * @throws ApiError 422 `digest_mismatch`; whatever the iteration of `body` throws
   */
  store(artifact: ArtifactRecord, body: AsyncIterable<Uint8Array>): Promise<void>
  /**
   * Makes an artifact ready whose bytes have come; one that is ready stays so.
   *
   * @throws ApiError 404, 409 `not_uploaded`, 410, 422 `size_mismatch`
   */
  finalize(projectId: string, sha256: string): Promise<void>
  /**
   * A ready artifact.
   *
   * @throws ApiError 404 for an unknown or pending one, 410 for a deleted one
   */
  ready(projectId: string, sha256: string): Promise<ArtifactRecord>
}

/** Builds the service over a catalog and a store of blobs. */
export function createArtifactService(options: ArtifactServiceOptions): ArtifactService {
  const { blobs, catalog, maxArtifactBytes, projectQuotaBytes } = options
  const rateLimit = createRateLimit(options.registrationsPerMinute)

  const uploadTarget = async (projectId: string, sha256: string): Promise<ArtifactRecord> => {
    const artifact = await catalog.find(projectId, sha256)
    if (artifact === undefined) throw notFound()
    if (artifact.status === 'deleted') throw gone()
    if (artifact.status === 'pending' && artifact.expiresAt <= Date.now()) throw registrationExpired()
    return artifact
  }

  const isPresent = async (key: BlobKey, sizeBytes: number): Promise<boolean> =>
    (await blobs.verify(key, sizeBytes)) === 'present'

  return {
    uploadTarget,

    admit(projectId) {
      const waitSeconds = rateLimit.take(projectId, Date.now())
      if (waitSeconds === 0) return
      const message = `the project registers more than ${String(options.registrationsPerMinute)} artifacts a minute`
      const headers = { 'retry-after': String(waitSeconds) }
      throw new ApiError(429, 'rate_limited', message, { retryable: true, headers })
    },
    isStored: async (artifact) => artifact.status === 'ready' && isPresent(artifact, artifact.sizeBytes),

    async register(projectId, description) {
      if (description.sizeBytes > maxArtifactBytes) {
        const message = `size_bytes: is larger than the ${maxArtifactBytes} bytes that this server takes`
        throw new ApiError(413, 'artifact_too_large', message)
      }
      const now = Date.now()
      const expiresAt = now + options.registrationLifetimeMs
      const outcome = await catalog.register({
        ...description,
        projectId,
        now,
        expiresAt,
        collectAt: expiresAt + options.collectionGraceMs,
        ...(projectQuotaBytes !== undefined && { quotaBytes: projectQuotaBytes }),
      })
      if (outcome === 'size_mismatch') throw sizeMismatch('size_bytes: this sha256 is registered with another size')
      if (outcome === 'quota_exceeded') {
        const message = `the project's quota of ${String(projectQuotaBytes)} bytes does not hold this artifact`
        throw new ApiError(507, 'quota_exceeded', message, { retryable: true })
      }
      if (outcome === 'pending') return 'upload'
      // Bytes that vanished from the store are asked for again instead of being taken for granted.
      const { sha256, sizeBytes } = description
      return (await isPresent({ projectId, sha256 }, sizeBytes)) ? 'exists' : 'upload'
    },

    async store(artifact, body) {
      try {
        await blobs.write(artifact, artifact.sizeBytes, body)
      } catch (error) {
        if (!(error instanceof BlobContentError)) throw error
        throw new ApiError(422, 'digest_mismatch', 'the sha256 of the bytes is not the registered one')
      }
    },

    async finalize(projectId, sha256) {
      const artifact = await uploadTarget(projectId, sha256)
      if (artifact.status === 'ready') return
      switch (await blobs.verify(artifact, artifact.sizeBytes)) {
        case 'absent':
          throw new ApiError(409, 'not_uploaded', 'the bytes of this artifact have not been uploaded')
        case 'mismatch':
          throw sizeMismatch('the stored bytes have not the registered size')
        case 'present': {
          const marked = await catalog.markReady(projectId, sha256)
          // Deleted, or forgotten, between the two steps.
          if (marked?.status !== 'ready') throw gone()
          return
        }
      }
    },

    async ready(projectId, sha256) {
      const artifact = await catalog.find(projectId, sha256)
      if (artifact?.status === 'deleted') throw gone()
      if (artifact?.status !== 'ready') throw notFound()
      return artifact
    },
  }
}

function gone(): ApiError {
  return new ApiError(410, 'gone', 'this artifact was deleted')
}

function registrationExpired(): ApiError {
  return new ApiError(410, 'registration_expired', 'the registration of this artifact has expired; register it again')
}

function sizeMismatch(message: string): ApiError {
  return new ApiError(422, 'size_mismatch', message)
}

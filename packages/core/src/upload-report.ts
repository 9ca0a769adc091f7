import type { Accounting } from './accounting.js'
import { diagnostics } from './diagnostics.js'
import type { ArtifactUploadError } from './errors.js'
import type { ClientMetrics } from './metrics.js'
import type { DropReason } from './reference.js'
import type { StoredDigests } from './stored-digests.js'
import type { UploadObserver } from './uploader.js'

const MS_PER_SECOND = 1000

/** Everything that a client counts, measures and says about its artifacts. */
export interface UploadReport extends Omit<UploadObserver, 'expiring'> {
  dropped(reason: DropReason, sizeBytes: number): void
  deduplicated(): void
  /** A file of the spool is damaged; what it held is not known. */
  damaged(): void
}

/** Keeps the accounts, the metrics and the warnings in step. */
export function createUploadReport(options: {
  accounting: Accounting
  metrics: ClientMetrics
  storedDigests: StoredDigests
}): UploadReport {
  const { accounting, metrics, storedDigests } = options
  const report: UploadReport = {
    dropped(reason, sizeBytes) {
      accounting.countDropped(reason)
      metrics.countLost(reason)
      diagnostics.warn('artifact_dropped', `an artifact of ${sizeBytes} bytes is not stored: ${reason}`)
    },
    deduplicated() {
      accounting.deduplicated += 1
      metrics.countDeduplicated()
    },
    damaged() {
      accounting.countFailed('spool_damaged')
      metrics.countLost('spool_damaged')
      diagnostics.warn(
        'spool_damaged',
        'a file of the spool is damaged and was moved to quarantine: its artifact is lost',
      )
    },
    attemptFailed(error, durationMs) {
      metrics.recordFailedOperation(durationMs, errorType(error))
    },
    stored({ artifact: { sha256, sizeBytes } }, outcome, { durationMs, endedAtMs }) {
      storedDigests.add(sha256, endedAtMs)
      const isNew = outcome === 'stored'
      metrics.recordStored(durationMs, isNew ? sizeBytes : undefined)
      if (isNew) {
        accounting.uploaded += 1
        accounting.uploadedBytes += sizeBytes
      } else accounting.deduplicated += 1
    },
    failed({ artifact: { sizeBytes } }, error) {
      accounting.countFailed(errorType(error))
      metrics.countLost(errorType(error))
      const code = error.code === 'spool_damaged' ? 'spool_damaged' : 'artifact_failed'
      diagnostics.warn(code, `an artifact of ${sizeBytes} bytes is lost: ${error.message}`)
    },
    breakerOpened(error) {
      diagnostics.warn('uploads_failing', `uploads keep failing, one at a time is tried from now on: ${error.message}`)
    },
    paused(error, durationMs) {
      const seconds = Math.round(durationMs / MS_PER_SECOND)
      diagnostics.warn('uploads_paused', `no uploads for ${seconds} s: ${error.message}`)
    },
  }
  return report
}

/** What an error counts as: `error.type` of the semantic conventions, the HTTP status where there is one. */
function errorType(error: ArtifactUploadError): string {
  return error.status === undefined ? error.code : String(error.status)
}

import type { ReactNode } from 'react'
import { formatSize } from '../lib/format'
import type { Upload } from '../lib/file-ticket'

const PERCENT = 100

/** How much of the form is sent. */
export function UploadProgress({ sentBytes, totalBytes }: Upload): ReactNode {
  const percent = totalBytes === 0 ? 0 : Math.floor((sentBytes / totalBytes) * PERCENT)
  return (
    <div className="progress">
      <progress max={totalBytes} value={sentBytes} aria-label="Upload" />
      <span>
        {sentBytes < totalBytes ? `${formatSize(sentBytes)} of ${formatSize(totalBytes)}` : 'Waiting for the answer'}
      </span>
      <span className="percent">{percent} %</span>
    </div>
  )
}

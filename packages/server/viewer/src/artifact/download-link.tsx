import type { ReactNode } from 'react'
import { blobPath, isSha256 } from '../api/endpoints.js'
import { formatBytes } from '../format/bytes.js'
import { Icon } from '../ui/icons.js'
import type { ArtifactContent } from './artifact-content.js'

const shortDigestLength = 12

/** Saves the bytes as a file. The address is made of the digest alone. */
export function DownloadLink({
  content,
  labelled = false,
}: {
  readonly content: Pick<ArtifactContent, 'sha256' | 'filename' | 'sizeBytes'>
  readonly labelled?: boolean
}): ReactNode {
  if (!isSha256(content.sha256)) return null
  const name = content.filename ?? content.sha256.slice(0, shortDigestLength)
  const label = `Download ${formatBytes(content.sizeBytes)}`
  return (
    <a
      className={labelled ? 'button' : 'icon-button small'}
      href={blobPath(content.sha256)}
      download={name}
      title={label}
      aria-label={labelled ? undefined : label}
    >
      <Icon name="download" />
      {labelled && label}
    </a>
  )
}

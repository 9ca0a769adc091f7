import type { ReactNode } from 'react'
import { blobPath, isSha256 } from '../api/endpoints.js'
import { formatBytes } from '../format/bytes.js'
import { visibleText } from '../format/visible-text.js'
import { Icon } from '../ui/icons.js'
import { contentPath, type ArtifactContent } from './artifact-content.js'
import { canDecode, isIdentity } from './content-encoding.js'

const shortDigestLength = 12

export interface DownloadLinkProps {
  readonly content: Pick<ArtifactContent, 'sha256' | 'filename' | 'sizeBytes' | 'contentEncoding' | 'truncated'>
  readonly labelled?: boolean
}

/** Saves the artifact as a file; of one that was sent compressed both that and the bytes as they were sent. */
export function DownloadLink({ content, labelled = false }: DownloadLinkProps): ReactNode {
  const { sha256, filename, sizeBytes, contentEncoding } = content
  if (!isSha256(sha256)) return null
  const name = filename ?? sha256.slice(0, shortDigestLength)
  const size = formatBytes(sizeBytes)
  if (isIdentity(contentEncoding)) {
    return <SaveLink address={blobPath(sha256)} name={name} label={`Download ${size}`} labelled={labelled} />
  }
  return (
    <>
      {canDecode(contentEncoding) && (
        <SaveLink address={contentPath(content)} name={name} label="Download decoded" labelled={labelled} />
      )}
      <SaveLink
        address={blobPath(sha256)}
        name={name}
        label={`Download as sent (${visibleText(contentEncoding ?? '')}, ${size})`}
        labelled={labelled}
      />
    </>
  )
}

interface SaveLinkProps {
  /** Made of the digest and the encoding alone. */
  readonly address: string
  readonly name: string
  readonly label: string
  readonly labelled: boolean
}

function SaveLink({ address, name, label, labelled }: SaveLinkProps): ReactNode {
  return (
    <a
      className={labelled ? 'button' : 'icon-button small'}
      href={address}
      download={name}
      title={label}
      aria-label={labelled ? undefined : label}
    >
      <Icon name="download" />
      {labelled && label}
    </a>
  )
}

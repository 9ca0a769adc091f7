import type { ReactNode } from 'react'
import { fetchArtifact } from '../api/endpoints.js'
import { useRequest } from '../api/use-request.js'
import { Icon } from '../ui/icons.js'
import type { ArtifactContent } from './artifact-content.js'
import { DownloadLink } from './download-link.js'

export interface PreviewFailureProps {
  readonly content: ArtifactContent
  readonly reason: string
}

/** Says that the artifact could not be shown and whether it is there at all, and offers the bytes. */
export function PreviewFailure({ content, reason }: PreviewFailureProps): ReactNode {
  // A picture that does not load tells nobody why. The server can.
  const { data, error } = useRequest(content.sha256, (signal) => fetchArtifact(content.sha256, signal))
  const stored = data !== undefined && (data.status ?? 'ready') === 'ready'
  return (
    <div className="preview-plain failed" role="alert">
      <Icon name="alert" />
      <span>
        {reason}
        {error !== undefined && ` The server says: ${error.message}`}
      </span>
      {stored && <DownloadLink content={content} labelled />}
    </div>
  )
}

import { useState, type ReactNode } from 'react'
import type { ArtifactState } from '../api/contract.js'
import { blobPath, isSha256 } from '../api/endpoints.js'
import { formatBytes } from '../format/bytes.js'
import { visibleText } from '../format/visible-text.js'
import { Icon } from '../ui/icons.js'
import { artifactKind, artifactKindName } from './artifact-kind.js'
import { useArtifactState } from './artifact-watch.js'
import { isIdentity } from './content-encoding.js'

/** Larger pictures stay an icon in lists: a thumbnail must not cost megabytes. */
const maximumThumbnailBytes = 4 * 1024 * 1024

export interface ThumbnailSource {
  readonly sha256: string
  readonly content_type: string
  readonly size_bytes: number
  readonly filename?: string | null
  readonly content_encoding?: string | null
  readonly state: ArtifactState
}

/** A small square: the picture itself, or the sign of the artifact's kind. */
export function ArtifactThumbnail({ artifact }: { readonly artifact: ThumbnailSource }): ReactNode {
  const [broken, setBroken] = useState(false)
  const state = useArtifactState(artifact.sha256, artifact.state)
  const kind = artifactKind(artifact.content_type)
  const drawn =
    (kind === 'image' || kind === 'svg') &&
    state === 'ready' &&
    !broken &&
    isSha256(artifact.sha256) &&
    artifact.size_bytes <= maximumThumbnailBytes &&
    isIdentity(artifact.content_encoding)
  const name = visibleText(artifact.filename ?? artifact.content_type)
  const title = `${name} · ${artifactKindName(kind)}, ${formatBytes(artifact.size_bytes)}${stateSuffix(state)}`
  return (
    <span className={`thumbnail ${state}`} title={title}>
      {drawn ? (
        <img src={blobPath(artifact.sha256)} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} />
      ) : (
        <Icon name={kind} />
      )}
      <span className="visually-hidden">{title}</span>
    </span>
  )
}

function stateSuffix(state: ArtifactState): string {
  return state === 'ready' ? '' : `, ${state}`
}

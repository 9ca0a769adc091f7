import { useEffect, useState, type ReactNode } from 'react'
import { blobPath, isSha256 } from '../api/endpoints.js'
import { artifactLabel, contentOf, type ArtifactContent } from '../artifact/artifact-content.js'
import { artifactKindName, type ArtifactKind } from '../artifact/artifact-kind.js'
import { useArtifactState } from '../artifact/artifact-watch.js'
import { canDecode, isIdentity } from '../artifact/content-encoding.js'
import { openTextReader } from '../artifact/text-reader.js'
import { formatBytes } from '../format/bytes.js'
import { visibleText } from '../format/visible-text.js'
import { Icon } from '../ui/icons.js'
import { serviceName, type Service } from './services.js'
import { spanTitle } from './span-title.js'
import type { TraceArtifact } from './trace-artifacts.js'

const maximumPictureBytes = 8 * 1024 * 1024
const glimpseBytes = 280

export interface StripCardProps {
  readonly entry: TraceArtifact
  readonly services: ReadonlyMap<string, Service>
  readonly selected: boolean
  readonly onOpen: (artifact: TraceArtifact) => void
}

/** One artifact in the overview of a trace; leads to its span. */
export function StripCard({ entry, services, selected, onOpen }: StripCardProps): ReactNode {
  const { artifact, kind, nodes } = entry
  const { reference } = artifact
  const state = useArtifactState(reference.sha256, artifact.state)
  const content = contentOf(artifact)
  const name = visibleText(reference.filename ?? artifactLabel(artifact.key))
  const spanName = nodes[0].span === undefined ? '' : spanTitle(nodes[0].span)
  const hue = services.get(serviceName(nodes[0].span))?.hue ?? 0
  const title = [
    name,
    `${artifactKindName(kind)}, ${formatBytes(content.sizeBytes)}`,
    state === 'ready' ? '' : state,
    nodes.length > 1 ? `in ${nodes.length} spans, first in ${spanName}` : `in ${spanName}`,
  ]
  return (
    <button
      type="button"
      className={`strip-card ${state}${selected ? ' selected' : ''}`}
      onClick={() => onOpen(entry)}
      title={title.filter((part) => part !== '').join('\n')}
    >
      <span className="strip-picture">
        {state === 'ready' && isSha256(reference.sha256) ? (
          <Picture content={content} kind={kind} />
        ) : (
          <span className="strip-state">
            <Icon name={kind} />
            {state}
          </span>
        )}
        {nodes.length > 1 && <span className="strip-times">×{nodes.length}</span>}
      </span>
      <span className="strip-name">{name}</span>
      <span className={`strip-span hue-${hue}`}>{spanName}</span>
    </button>
  )
}

function Picture({ content, kind }: { readonly content: ArtifactContent; readonly kind: ArtifactKind }): ReactNode {
  const [broken, setBroken] = useState(false)
  const plain = isIdentity(content.contentEncoding)
  const source = blobPath(content.sha256)
  if (!broken && plain) {
    if ((kind === 'image' || kind === 'svg') && content.sizeBytes <= maximumPictureBytes) {
      return <img src={source} alt="" decoding="async" onError={() => setBroken(true)} />
    }
    if (kind === 'video') {
      return (
        <>
          {/* The fraction makes browsers draw a frame where they would otherwise show nothing. */}
          <video
            src={`${source}#t=0.1`}
            preload="metadata"
            muted
            playsInline
            tabIndex={-1}
            onError={() => setBroken(true)}
          />
          <span className="strip-play">
            <Icon name="play" />
          </span>
        </>
      )
    }
  }
  if ((kind === 'json' || kind === 'text' || kind === 'form') && canDecode(content.contentEncoding)) {
    return <Glimpse content={content} kind={kind} />
  }
  return (
    <span className={`strip-sign ${kind}`}>
      <Icon name={kind} />
      <span>{artifactKindName(kind)}</span>
      <span className="strip-size">{formatBytes(content.sizeBytes)}</span>
    </span>
  )
}

/** The first words of a text. */
function Glimpse({ content, kind }: { readonly content: ArtifactContent; readonly kind: ArtifactKind }): ReactNode {
  const [text, setText] = useState('')
  const { sha256, sizeBytes, contentType, contentEncoding, truncated } = content
  useEffect(() => {
    const options = { sizeBytes, contentType, contentEncoding, truncated, chunkBytes: glimpseBytes }
    const reader = openTextReader(blobPath(sha256), options)
    const read = async (): Promise<void> => {
      const piece = await reader.next()
      setText(piece.text.slice(0, glimpseBytes))
      reader.close()
    }
    // A card without words is still a card; the artifact itself says what is wrong.
    read().catch(() => {})
    return () => reader.close()
  }, [sha256, sizeBytes, contentType, contentEncoding, truncated])
  return (
    <span className="strip-glimpse">
      <Icon name={kind} />
      {text}
    </span>
  )
}

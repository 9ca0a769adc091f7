import { useCallback, useState, type ReactNode } from 'react'
import type { SpanArtifact } from '../api/contract.js'
import { isSha256 } from '../api/endpoints.js'
import { formatBytes } from '../format/bytes.js'
import { visibleText } from '../format/visible-text.js'
import { Link } from '../routing/navigation.js'
import { artifactPath } from '../routing/route.js'
import { CopyButton } from '../ui/copy-button.js'
import { Icon } from '../ui/icons.js'
import { artifactLabel, contentOf, explainState } from './artifact-content.js'
import { artifactKind } from './artifact-kind.js'
import { ArtifactPreview } from './artifact-preview.js'
import { useArtifactState } from './artifact-watch.js'
import { DownloadLink } from './download-link.js'
import { explainDropped } from './dropped-reason.js'

const shortDigestLength = 10

/** One artifact of a span: what it is, where it came from, and the thing itself. */
export function ArtifactCard({ artifact }: { readonly artifact: SpanArtifact }): ReactNode {
  const { key, reference } = artifact
  const state = useArtifactState(reference.sha256, artifact.state)
  const content = contentOf(artifact)
  const [fact, setFact] = useState('')
  const onFact = useCallback((text: string) => setFact(text), [])
  const label = artifactLabel(key)
  const title = reference.filename ?? label
  return (
    <article className={`artifact ${state}`} aria-label={visibleText(title)} data-sha256={reference.sha256}>
      <header className="artifact-head">
        <Icon name={artifactKind(content.contentType)} className="artifact-icon" />
        <div className="artifact-title">
          <h4>{visibleText(title)}</h4>
          <span className="artifact-origin" title={`Attribute ${key}`}>
            {label !== title && <span>{label}</span>}
            {reference.field !== undefined && reference.field !== null && (
              <span>
                field <code>{visibleText(reference.field)}</code>
              </span>
            )}
          </span>
        </div>
        <StateBadge state={state} />
        {reference.truncated === true && (
          <span className="badge warn" title="Only the first part of the bytes was recorded">
            <Icon name="scissors" />
            truncated
          </span>
        )}
        {state === 'ready' && (
          <span className="artifact-actions">
            <DownloadLink content={content} />
            <Link
              to={artifactPath(reference.sha256)}
              className="icon-button small"
              title="Open alone"
              aria-label="Open alone"
            >
              <Icon name="external" />
            </Link>
          </span>
        )}
      </header>
      {state === 'ready' && isSha256(reference.sha256) && <ArtifactPreview content={content} onFact={onFact} />}
      {state === 'dropped' && (
        <p className="artifact-absent">
          Not uploaded: {explainDropped(reference.dropped ?? 'unknown reason')}
          {reference.dropped !== undefined && reference.dropped !== null && (
            <code>{visibleText(reference.dropped)}</code>
          )}
        </p>
      )}
      {(state === 'pending' || state === 'missing' || state === 'deleted') && (
        <p className="artifact-absent">{explainState(state)}</p>
      )}
      <footer className="artifact-facts">
        <span>{visibleText(content.contentType)}</span>
        <span>{formatBytes(content.sizeBytes)}</span>
        {fact !== '' && <span>{fact}</span>}
        {content.contentEncoding !== undefined && <span>sent as {visibleText(content.contentEncoding)}</span>}
        {reference.sha256 !== '' && (
          <span className="digest" title={`sha256 ${reference.sha256}`}>
            <code>{reference.sha256.slice(0, shortDigestLength)}</code>
            <CopyButton text={reference.sha256} what="sha256" />
          </span>
        )}
        {label !== key && (
          <code className="artifact-key" title={`Attribute ${key}`}>
            {visibleText(key)}
          </code>
        )}
      </footer>
    </article>
  )
}

/** The state where it is anything but ready: that one is visible. */
export function StateBadge({ state }: { readonly state: SpanArtifact['state'] }): ReactNode {
  if (state === 'ready') return null
  return (
    <span className={`badge ${state}`} role="status">
      {state === 'pending' && <span className="pulse" aria-hidden="true" />}
      {state}
    </span>
  )
}

import { useCallback, useEffect, useState, type ReactNode } from 'react'
import type { ArtifactMetadata } from '../api/contract.js'
import { fetchArtifact } from '../api/endpoints.js'
import { useRequest } from '../api/use-request.js'
import { formatBytes } from '../format/bytes.js'
import { formatFullTime } from '../format/timestamp.js'
import { visibleText } from '../format/visible-text.js'
import { Link } from '../routing/navigation.js'
import { tracePath } from '../routing/route.js'
import { CopyButton } from '../ui/copy-button.js'
import { Icon } from '../ui/icons.js'
import { ErrorNotice, Loading } from '../ui/notice.js'
import { TopBar } from '../ui/top-bar.js'
import { StateBadge } from './artifact-card.js'
import { type ArtifactContent, artifactLabel, explainState } from './artifact-content.js'
import { artifactKind } from './artifact-kind.js'
import { ArtifactPreview } from './artifact-preview.js'
import { useArtifactState } from './artifact-watch.js'
import { DownloadLink } from './download-link.js'

const shortDigestLength = 12
const nanosecondsPerMillisecond = 1_000_000n

/** One artifact by itself: what the server knows of it, where it is used, and the thing. */
export function ArtifactPage({ sha256 }: { readonly sha256: string }): ReactNode {
  const { data, error, reload } = useRequest(sha256, (signal) => fetchArtifact(sha256, signal))
  const title = data?.filename ?? sha256.slice(0, shortDigestLength)
  useEffect(() => {
    document.title = `${title} · Span Artifacts`
  }, [title])
  return (
    <>
      <TopBar>
        <span aria-current="page">{visibleText(title)}</span>
      </TopBar>
      <main className="artifact-page">
        {data === undefined && error === undefined && <Loading what="the artifact" />}
        {error !== undefined && (
          <ErrorNotice
            title={error.status === 404 ? 'There is no such artifact here' : 'The artifact could not be loaded'}
            detail={
              error.status === 404 ? 'It was never uploaded here, or its upload is not complete yet.' : error.message
            }
            retry={reload}
          >
            <code className="long">{sha256}</code>
          </ErrorNotice>
        )}
        {data !== undefined && <Details metadata={data} />}
      </main>
    </>
  )
}

function Details({ metadata }: { readonly metadata: ArtifactMetadata }): ReactNode {
  const reported = metadata.status === 'pending' || metadata.status === 'deleted' ? metadata.status : 'ready'
  const state = useArtifactState(metadata.sha256, reported)
  const [fact, setFact] = useState('')
  const onFact = useCallback((text: string) => setFact(text), [])
  const { references = [] } = metadata
  const content: ArtifactContent = {
    sha256: metadata.sha256,
    contentType: metadata.content_type,
    sizeBytes: metadata.size_bytes,
    filename: metadata.filename ?? undefined,
    // The bytes do not know that they are encoded: whoever refers to them does.
    contentEncoding: firstDefined(references.map((use) => use.content_encoding)),
    truncated: references.some((use) => use.truncated === true),
  }
  const stored =
    metadata.created_at === undefined || metadata.created_at === null ? NaN : Date.parse(metadata.created_at)
  return (
    <>
      <header className="page-head">
        <Icon name={artifactKind(metadata.content_type)} className="artifact-icon large" />
        <h1>{visibleText(metadata.filename ?? 'Unnamed artifact')}</h1>
        <StateBadge state={state} />
        {state === 'ready' && <DownloadLink content={content} labelled />}
      </header>
      <dl className="facts">
        <div>
          <dt>Type</dt>
          <dd>{visibleText(metadata.content_type)}</dd>
        </div>
        <div>
          <dt>Size</dt>
          <dd title={`${metadata.size_bytes} bytes`}>{formatBytes(metadata.size_bytes)}</dd>
        </div>
        {content.contentEncoding !== undefined && (
          <div>
            <dt>Sent as</dt>
            <dd>{visibleText(content.contentEncoding)}</dd>
          </div>
        )}
        {fact !== '' && (
          <div>
            <dt>Content</dt>
            <dd>{fact}</dd>
          </div>
        )}
        {Number.isFinite(stored) && (
          <div>
            <dt>Stored</dt>
            <dd>{formatFullTime(BigInt(stored) * nanosecondsPerMillisecond)}</dd>
          </div>
        )}
        <div>
          <dt>sha256</dt>
          <dd className="long">
            <code>{metadata.sha256}</code>
            <CopyButton text={metadata.sha256} what="sha256" />
          </dd>
        </div>
      </dl>
      <section className="artifact alone" aria-label="Preview">
        {state === 'ready' ? (
          <ArtifactPreview content={content} onFact={onFact} />
        ) : (
          <p className="artifact-absent">{state === 'dropped' ? 'Not uploaded.' : explainState(state)}</p>
        )}
      </section>
      {references.length > 0 && (
        <section>
          <h2>Used in</h2>
          <ul className="uses">
            {references.map((use) => (
              <li key={`${use.trace_id}${use.span_id}${use.key}`}>
                <Link to={tracePath(use.trace_id, use.span_id)}>{visibleText(use.span_name ?? use.span_id)}</Link>
                <span className="sub">
                  {artifactLabel(use.key)} · trace <code>{use.trace_id.slice(0, 8)}</code>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function firstDefined(values: ReadonlyArray<string | null | undefined>): string | undefined {
  return values.find((value) => value !== undefined && value !== null) ?? undefined
}

import { useEffect, useMemo, useRef, type ReactNode } from 'react'
import type { Span, SpanArtifact } from '../api/contract.js'
import { ArtifactCard } from '../artifact/artifact-card.js'
import { Conversation } from '../conversation/conversation.js'
import { readConversation } from '../conversation/messages.js'
import { formatDuration } from '../format/duration.js'
import { parseNanoseconds } from '../format/nanoseconds.js'
import { formatFullTime } from '../format/timestamp.js'
import { visibleText } from '../format/visible-text.js'
import { Link } from '../routing/navigation.js'
import { tracePath } from '../routing/route.js'
import { CopyButton } from '../ui/copy-button.js'
import { ErrorBoundary } from '../ui/error-boundary.js'
import { Icon } from '../ui/icons.js'
import { ErrorNotice } from '../ui/notice.js'
import { AttributeTable } from './attribute-table.js'
import { serviceName } from './services.js'
import { Section } from './section.js'
import { spanTitle } from './span-title.js'
import type { SpanNode } from './span-tree.js'

/** Where trace.css lays the details over the page. */
const coveringMedia = '(max-width: 900px)'

export interface SpanDetailsProps {
  readonly node: SpanNode
  readonly hue: number
  /** An artifact to bring into view. */
  readonly artifactId: string | undefined
  readonly onClose: () => void
  readonly onSelect: (node: SpanNode) => void
}

/** Everything about one span, what went through it first. */
export function SpanDetails(props: SpanDetailsProps): ReactNode {
  const { node, hue, artifactId, onClose } = props
  const scroller = useRef<HTMLElement>(null)
  const closeButton = useRef<HTMLButtonElement>(null)
  const shownKey = useRef<string>(undefined)
  useEffect(() => {
    // On a small screen the details cover the rest of the page, so they take the focus as well.
    if (window.matchMedia(coveringMedia).matches) closeButton.current?.focus()
  }, [])
  useEffect(() => {
    const target =
      artifactId === undefined ? null : scroller.current?.querySelector(`[data-sha256="${CSS.escape(artifactId)}"]`)
    if (target instanceof HTMLElement) target.scrollIntoView({ block: 'start' })
    else if (shownKey.current !== node.key) scroller.current?.scrollTo(0, 0)
    shownKey.current = node.key
  }, [node.key, artifactId])
  return (
    <aside className={`details hue-${hue}`} aria-label="Span" ref={scroller}>
      <header className="details-head">
        <button
          ref={closeButton}
          type="button"
          className="icon-button close"
          onClick={onClose}
          title="Close (Esc)"
          aria-label="Close"
        >
          <Icon name="close" />
        </button>
        <Heading {...props} />
      </header>
      <ErrorBoundary
        key={node.key}
        renderError={(error, reset) => (
          <ErrorNotice title="This span could not be drawn" detail={error.message} retry={reset} />
        )}
      >
        {node.span === undefined ? (
          <p className="remark">
            Other spans name this one as their parent, but it has not been received: it may still be running, it was not
            sampled, or its service exports to somewhere else.
          </p>
        ) : (
          <Sections span={node.span} />
        )}
      </ErrorBoundary>
    </aside>
  )
}

function Heading({ node, onSelect }: SpanDetailsProps): ReactNode {
  const { span, parent } = node
  const start = parseNanoseconds(span?.start_time_unix_nano)
  return (
    <>
      <h2>{span === undefined ? 'Span not received' : spanTitle(span)}</h2>
      <div className="details-line">
        {span !== undefined && (
          <>
            <span className="service-name">{visibleText(serviceName(span))}</span>
            <span className="kind">{span.kind.toLowerCase()}</span>
            <Status span={span} />
          </>
        )}
      </div>
      <dl className="facts">
        <div>
          <dt>Duration</dt>
          <dd>{node.unfinished ? 'no end received' : formatDuration(node.endNano - node.startNano)}</dd>
        </div>
        <div>
          <dt>Starts at</dt>
          <dd title={start === undefined ? undefined : formatFullTime(start)}>+{formatDuration(node.startNano)}</dd>
        </div>
        {parent !== undefined && (
          <div>
            <dt>Parent</dt>
            <dd>
              <button type="button" className="text-button" onClick={() => onSelect(parent)}>
                {parent.span === undefined ? 'not received' : spanTitle(parent.span)}
              </button>
            </dd>
          </div>
        )}
        <div>
          <dt>Span id</dt>
          <dd>
            <code>{node.spanId}</code>
            <CopyButton text={node.spanId} what="span id" />
          </dd>
        </div>
      </dl>
      {node.skewNano > 0 && (
        <p className="remark">
          It claims to start {formatDuration(node.skewNano)} before its parent: the clocks of the two differ.
        </p>
      )}
      {span?.status.message !== undefined && span.status.message !== null && span.status.message !== '' && (
        <p className={span.status.code === 'ERROR' ? 'status-message failed' : 'status-message'}>
          {span.status.message}
        </p>
      )}
    </>
  )
}

function Status({ span }: { readonly span: Span }): ReactNode {
  if (span.status.code === 'UNSET') return null
  const failed = span.status.code === 'ERROR'
  return (
    <span className={failed ? 'badge error' : 'badge ok'}>
      <Icon name={failed ? 'alert' : 'check'} />
      {failed ? 'error' : 'ok'}
    </span>
  )
}

function Sections({ span }: { readonly span: Span }): ReactNode {
  const conversation = useMemo(() => readConversation(span.attributes), [span])
  const { spoken, others } = useMemo(() => {
    const keys = new Set(conversation.map(({ key }) => key))
    return {
      spoken: span.artifacts.filter(({ key }) => keys.has(key)),
      others: span.artifacts.filter(({ key }) => !keys.has(key)),
    }
  }, [span, conversation])
  const special = (key: string): ReactNode => {
    const own = others.filter((artifact) => artifact.key === key)
    if (own.length > 0) return <ReferenceChips artifacts={own} />
    if (conversation.some((group) => group.key === key)) return <span className="none">shown as conversation</span>
    return undefined
  }
  return (
    <>
      {others.length > 0 && (
        <Section title="Artifacts" count={others.length}>
          {others.map((artifact, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- the same artifact may stand twice under one key
            <ArtifactCard key={`${index}${artifact.reference.sha256}`} artifact={artifact} />
          ))}
        </Section>
      )}
      {conversation.length > 0 && (
        <Section title="Conversation" count={conversation.reduce((sum, { messages }) => sum + messages.length, 0)}>
          <Conversation groups={conversation} artifacts={spoken} />
        </Section>
      )}
      <Section title="Attributes" count={Object.keys(span.attributes).length}>
        <AttributeTable attributes={span.attributes} label="Attributes" special={special} />
      </Section>
      {span.events.length > 0 && (
        <Section title="Events" count={span.events.length}>
          <Events span={span} />
        </Section>
      )}
      {span.links.length > 0 && (
        <Section title="Links" count={span.links.length}>
          <Links span={span} />
        </Section>
      )}
      <Section title="Resource" count={Object.keys(span.resource).length} startClosed>
        <AttributeTable attributes={span.resource} label="Resource" />
      </Section>
      <Section title="Scope" startClosed>
        <dl className="attributes">
          <div>
            <dt>name</dt>
            <dd className="plain-value">{visibleText(span.scope.name ?? '–')}</dd>
          </div>
          <div>
            <dt>version</dt>
            <dd className="plain-value">{visibleText(span.scope.version ?? '–')}</dd>
          </div>
        </dl>
      </Section>
    </>
  )
}

function ReferenceChips({ artifacts }: { readonly artifacts: readonly SpanArtifact[] }): ReactNode {
  return (
    <span className="chips">
      {artifacts.map(({ reference }, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <span key={`${index}${reference.sha256}`} className="chip">
          <Icon name="link" />
          {visibleText(reference.filename ?? reference.sha256.slice(0, 10))}
        </span>
      ))}
    </span>
  )
}

const shownEvents = 200

function Events({ span }: { readonly span: Span }): ReactNode {
  const start = parseNanoseconds(span.start_time_unix_nano)
  return (
    <ol className="events">
      {span.events.slice(0, shownEvents).map((event, index) => {
        const moment = parseNanoseconds(event.time_unix_nano)
        return (
          // oxlint-disable-next-line react/no-array-index-key -- events have no identity but their place
          <li key={index} className={event.name === 'exception' ? 'failed' : undefined}>
            <div className="event-head">
              <span className="event-name">{visibleText(event.name)}</span>
              {moment !== undefined && start !== undefined && (
                <span className="event-time">+{formatDuration(Number(moment - start))}</span>
              )}
            </div>
            {Object.keys(event.attributes).length > 0 && (
              <AttributeTable attributes={event.attributes} label={`Attributes of ${event.name}`} />
            )}
          </li>
        )
      })}
      {span.events.length > shownEvents && <li className="none">and {span.events.length - shownEvents} more</li>}
    </ol>
  )
}

function Links({ span }: { readonly span: Span }): ReactNode {
  return (
    <ul className="links">
      {span.links.map((link, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <li key={`${index}${link.span_id}`}>
          <Link to={tracePath(link.trace_id, link.span_id)}>
            trace <code>{link.trace_id.slice(0, 8)}</code>, span <code>{link.span_id.slice(0, 8)}</code>
          </Link>
          {link.attributes !== undefined && Object.keys(link.attributes).length > 0 && (
            <AttributeTable attributes={link.attributes} label="Attributes of the link" />
          )}
        </li>
      ))}
    </ul>
  )
}

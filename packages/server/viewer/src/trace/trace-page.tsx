import { useCallback, useDeferredValue, useEffect, useMemo, useState, type CSSProperties, type ReactNode } from 'react'
import type { Trace } from '../api/contract.js'
import { fetchTrace } from '../api/endpoints.js'
import { useRequest } from '../api/use-request.js'
import { formatDuration } from '../format/duration.js'
import { formatFullTime } from '../format/timestamp.js'
import { visibleText } from '../format/visible-text.js'
import { navigate } from '../routing/navigation.js'
import { tracePath } from '../routing/route.js'
import { CopyButton } from '../ui/copy-button.js'
import { Icon } from '../ui/icons.js'
import { ErrorNotice, Loading } from '../ui/notice.js'
import { TopBar } from '../ui/top-bar.js'
import { ArtifactStrip } from './artifact-strip.js'
import { KeysButton } from './keys-button.js'
import { Resizer } from './resizer.js'
import { listServices, serviceName } from './services.js'
import { SpanDetails } from './span-details.js'
import { spanTitle } from './span-title.js'
import { buildSpanTree, type SpanNode, type SpanTree } from './span-tree.js'
import { listTraceArtifacts, type TraceArtifact } from './trace-artifacts.js'
import { useFirstArtifacts } from './use-first-artifacts.js'
import { useFollow } from './use-follow.js'
import { Waterfall } from './waterfall.js'

const detailsShareStart = 0.42
const detailsShareLimits = { least: 0.22, most: 0.75 } as const

export interface TracePageProps {
  readonly traceId: string
  /** The selected span. */
  readonly spanId: string | undefined
}

/** One trace: when its spans ran, and what went through them. */
export function TracePage({ traceId, spanId }: TracePageProps): ReactNode {
  const { data, error, loading, reload } = useRequest(traceId, (signal) => fetchTrace(traceId, signal))
  const tree = useMemo(() => (data === undefined ? undefined : buildSpanTree(data.spans)), [data])
  useFollow(tree, loading, reload)
  const name = tree === undefined ? undefined : traceName(tree)
  useEffect(() => {
    document.title = `${name ?? 'Trace'} · Span Artifacts`
  }, [name])
  return (
    <>
      <TopBar
        actions={
          <>
            <KeysButton />
            <button type="button" className="icon-button" onClick={reload} title="Refresh" aria-label="Refresh">
              <Icon name="refresh" className={loading ? 'spinning' : ''} />
            </button>
          </>
        }
      >
        <span aria-current="page" className="trace-crumb">
          trace <code>{traceId.slice(0, 8)}</code>
          <CopyButton text={traceId} what="trace id" />
        </span>
      </TopBar>
      {error !== undefined && (
        <div className={data === undefined ? 'centered' : 'page-notice'}>
          <ErrorNotice
            title={error.status === 404 ? 'There is no such trace here' : 'The trace could not be loaded'}
            detail={error.status === 404 ? 'Its spans may still be on their way, or they were deleted.' : error.message}
            retry={reload}
          >
            <code className="long">{traceId}</code>
          </ErrorNotice>
        </div>
      )}
      {data === undefined && error === undefined && <Loading what="the trace" />}
      {data !== undefined && tree !== undefined && <TraceView trace={data} tree={tree} spanId={spanId} />}
    </>
  )
}

interface TraceViewProps {
  readonly trace: Trace
  readonly tree: SpanTree
  readonly spanId: string | undefined
}

function TraceView({ trace, tree, spanId }: TraceViewProps): ReactNode {
  const traceId = trace.trace_id
  const [detailsShare, setDetailsShare] = useState(detailsShareStart)
  const [artifactId, setArtifactId] = useState<string>()
  const services = useMemo(() => listServices(tree.nodes), [tree])
  const artifacts = useMemo(() => listTraceArtifacts(tree.nodes), [tree])
  useFirstArtifacts(traceId, spanId, artifacts)
  const selected = spanId === undefined ? undefined : tree.bySpanId.get(spanId)
  // Who runs through the spans with an arrow key need not wait for the details of each.
  const detailed = useDeferredValue(selected)

  const select = useCallback(
    (node: SpanNode | undefined) => {
      setArtifactId(undefined)
      navigate(tracePath(traceId, node?.spanId), { replace: true })
    },
    [traceId],
  )
  const openArtifact = useCallback(
    ({ artifact, nodes }: TraceArtifact) => {
      setArtifactId(artifact.reference.sha256)
      navigate(tracePath(traceId, nodes[0].spanId), { replace: true })
    },
    [traceId],
  )
  const close = useCallback(() => {
    select(undefined)
    // Where the details had the focus, it goes back to where they were opened.
    document.querySelector<HTMLElement>('[role=tree]')?.focus({ preventScroll: true })
  }, [select])
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.target instanceof HTMLInputElement) return
      if (document.querySelector('dialog[open], :popover-open') === null) close()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [close])

  const shares: CSSProperties = { '--details-share': detailsShare }
  return (
    <main className="trace">
      <TraceHead
        spanMissing={spanId !== undefined && selected === undefined}
        truncated={trace.truncated === true}
        tree={tree}
        artifactCount={artifacts.length}
        services={services}
      />
      <ArtifactStrip
        artifacts={artifacts}
        services={services}
        selectedSpanId={selected?.spanId}
        onOpen={openArtifact}
      />
      <div className={detailed === undefined ? 'trace-body' : 'trace-body with-details'} style={shares}>
        <Waterfall tree={tree} services={services} selected={selected} onSelect={select} />
        {selected !== undefined && detailed !== undefined && (
          <>
            <Resizer
              label="Width of the details"
              value={detailsShare}
              limits={detailsShareLimits}
              onChange={setDetailsShare}
              fromEnd
            />
            <SpanDetails
              node={detailed}
              hue={services.get(serviceName(detailed.span))?.hue ?? 0}
              artifactId={artifactId}
              onClose={close}
              onSelect={select}
            />
          </>
        )}
      </div>
    </main>
  )
}

interface TraceHeadProps {
  /** The address names a span that the trace does not have. */
  readonly spanMissing: boolean
  /** The trace has more spans than are shown. */
  readonly truncated: boolean
  readonly tree: SpanTree
  readonly artifactCount: number
  readonly services: ReturnType<typeof listServices>
}

const shownServices = 8

function TraceHead({ spanMissing, truncated, tree, artifactCount, services }: TraceHeadProps): ReactNode {
  const spanCount = tree.nodes.length - tree.missingParentCount
  const listed = [...services.values()]
  return (
    <header className="trace-head">
      <h1 title={traceName(tree)}>{traceName(tree)}</h1>
      <dl className="facts">
        <div>
          <dt>Started</dt>
          <dd>{formatFullTime(tree.startNano)}</dd>
        </div>
        <div>
          <dt>Duration</dt>
          <dd>{formatDuration(tree.durationNano)}</dd>
        </div>
        <div>
          <dt>Spans</dt>
          <dd>{spanCount}</dd>
        </div>
        {tree.errorCount > 0 && (
          <div className="failed">
            <dt>Errors</dt>
            <dd>{tree.errorCount}</dd>
          </div>
        )}
        {artifactCount > 0 && (
          <div>
            <dt>Artifacts</dt>
            <dd>{artifactCount}</dd>
          </div>
        )}
        <div className="wide">
          <dt>{listed.length === 1 ? 'Service' : 'Services'}</dt>
          <dd className="services">
            {listed.slice(0, shownServices).map(({ name, hue }) => (
              <span key={name} className={`service-name hue-${hue}`}>
                {visibleText(name)}
              </span>
            ))}
            {listed.length > shownServices && <span className="none">+{listed.length - shownServices}</span>}
          </dd>
        </div>
      </dl>
      {truncated && (
        <p className="remark">
          This trace is too large to be shown whole: these are its first {spanCount} spans. Times, errors and artifacts
          are counted over them alone.
        </p>
      )}
      {spanMissing && (
        <p className="remark">
          The span in the address is not in this trace, or it{' '}
          {truncated ? 'is not among those shown' : 'has not arrived yet'}.
        </p>
      )}
      {tree.missingParentCount > 0 && (
        <p className="remark">
          {tree.missingParentCount === 1
            ? 'One parent span has not been received; its place is drawn in outline.'
            : `${tree.missingParentCount} parent spans have not been received; their places are drawn in outline.`}
        </p>
      )}
    </header>
  )
}

const isReceived = (node: SpanNode): boolean => node.span !== undefined

function traceName(tree: SpanTree): string {
  const span = (tree.roots.find(isReceived) ?? tree.nodes.find(isReceived))?.span
  return span === undefined ? 'Trace without spans' : spanTitle(span)
}

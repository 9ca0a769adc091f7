import { memo, type CSSProperties, type ReactNode } from 'react'
import { ArtifactThumbnail } from '../artifact/artifact-thumbnail.js'
import { formatDuration } from '../format/duration.js'
import { visibleText } from '../format/visible-text.js'
import { Icon } from '../ui/icons.js'
import { eventMarks } from './event-marks.js'
import type { SpanNode } from './span-tree.js'
import { spanTitle } from './span-title.js'
import { barIn, type TimeWindow } from './time-window.js'

const shownThumbnails = 3
const labelRoomPercent = 78

export interface WaterfallRowProps {
  readonly id: string
  readonly node: SpanNode
  /** In pixels from the first row. */
  readonly top: number
  readonly hue: number
  readonly window: TimeWindow
  readonly selected: boolean
  readonly collapsed: boolean
  readonly highlight: 'none' | 'found' | 'dimmed'
  readonly onSelect: (node: SpanNode) => void
  readonly onToggle: (node: SpanNode) => void
  readonly onZoom: (node: SpanNode) => void
}

/** One span in the waterfall. Memoised: while one scrolls, only new rows are drawn. */
export const WaterfallRow: React.MemoExoticComponent<(props: WaterfallRowProps) => ReactNode> = memo(
  function WaterfallRow(props: WaterfallRowProps): ReactNode {
    const { id, node, top, hue, selected, collapsed, highlight, onSelect, onToggle, onZoom } = props
    const failed = node.span?.status.code === 'ERROR'
    const siblings = node.parent?.children
    const classes = ['row', `hue-${hue}`]
    if (selected) classes.push('selected')
    if (failed) classes.push('failed')
    if (node.span === undefined) classes.push('placeholder')
    if (highlight !== 'none') classes.push(highlight)
    const style: CSSProperties = {
      transform: `translateY(${top}px)`,
      '--depth': node.depth,
    }
    return (
      // The tree itself has the focus and handles the keys, as the pattern of a tree with an active descendant has it.
      // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
      <div
        id={id}
        role="treeitem"
        className={classes.join(' ')}
        style={style}
        aria-level={node.depth + 1}
        aria-selected={selected}
        aria-expanded={node.children.length > 0 ? !collapsed : undefined}
        aria-setsize={siblings?.length}
        aria-posinset={siblings === undefined ? undefined : siblings.indexOf(node) + 1}
        onClick={() => onSelect(node)}
        onDoubleClick={() => onZoom(node)}
      >
        <div className="row-name">
          {node.children.length > 0 ? (
            <span
              className={collapsed ? 'fold' : 'fold open'}
              aria-hidden="true"
              onClick={(event) => {
                event.stopPropagation()
                onToggle(node)
              }}
              onDoubleClick={(event) => event.stopPropagation()}
            >
              <Icon name="chevron" />
            </span>
          ) : (
            <span className="fold none" aria-hidden="true" />
          )}
          <span className="hue-mark" aria-hidden="true" />
          {failed && <Icon name="alert" className="error-mark" />}
          <span className="span-name" title={node.span?.name}>
            {node.span === undefined ? `parent ${node.spanId.slice(0, 8)} not received` : spanTitle(node.span)}
          </span>
          <Kind node={node} />
          {failed && <span className="visually-hidden">failed</span>}
          {collapsed && <Hidden node={node} />}
          <Thumbnails node={node} />
        </div>
        <Timeline {...props} />
      </div>
    )
  },
)

const kindIcons = {
  SERVER: 'kind-server',
  CLIENT: 'kind-client',
  PRODUCER: 'kind-producer',
  CONSUMER: 'kind-consumer',
} as const

/** What the span is to other processes; nothing for work inside one. */
function Kind({ node }: { readonly node: SpanNode }): ReactNode {
  const kind = node.span?.kind
  if (kind === undefined || kind === 'INTERNAL') return null
  return (
    <span className="kind-mark" title={kind.toLowerCase()}>
      <Icon name={kindIcons[kind]} />
    </span>
  )
}

function Hidden({ node }: { readonly node: SpanNode }): ReactNode {
  return (
    <span className="hidden-below" title={`${node.descendantCount} spans below`}>
      +{node.descendantCount}
      {node.descendantErrorCount > 0 && <Icon name="alert" className="error-mark" />}
      {node.descendantArtifactCount > 0 && <Icon name="image" className="artifact-mark" />}
    </span>
  )
}

function Thumbnails({ node }: { readonly node: SpanNode }): ReactNode {
  const artifacts = node.span?.artifacts ?? []
  if (artifacts.length === 0) return null
  return (
    <span className="row-artifacts">
      <span className="row-thumbnails">
        {artifacts.slice(0, shownThumbnails).map(({ key, reference, state }, index) => (
          <ArtifactThumbnail
            // oxlint-disable-next-line react/no-array-index-key -- a span may name the same artifact twice under one key
            key={`${index}${key}`}
            artifact={{ ...reference, state }}
          />
        ))}
      </span>
      {artifacts.length > 1 && (
        <span className={artifacts.length > shownThumbnails ? 'count' : 'count several'}>{artifacts.length}</span>
      )}
    </span>
  )
}

function Timeline({ node, window }: WaterfallRowProps): ReactNode {
  const bar = barIn(window, node)
  const duration = formatDuration(node.endNano - node.startNano)
  if (bar === undefined) {
    const before = node.endNano < window.startNano
    return (
      <div className="row-time">
        <span className={before ? 'outside before' : 'outside after'} title={`${duration}, outside the shown time`}>
          {before ? '‹' : '›'}
        </span>
      </div>
    )
  }
  const end = bar.left + bar.width
  const place = node.unfinished
    ? 'start'
    : end < labelRoomPercent
      ? 'after'
      : bar.left > 100 - labelRoomPercent
        ? 'before'
        : 'inside'
  const labelStyle: CSSProperties =
    place === 'start'
      ? { left: `${bar.left}%` }
      : place === 'after'
        ? { left: `${end}%` }
        : { right: `${place === 'before' ? 100 - bar.left : 100 - end}%` }
  const classes = ['bar']
  if (node.unfinished) classes.push('unfinished')
  if (bar.cutLeft) classes.push('cut-left')
  if (bar.cutRight) classes.push('cut-right')
  return (
    <div className="row-time">
      <span className={classes.join(' ')} style={{ left: `${bar.left}%`, width: `${bar.width}%` }} />
      {eventMarks(node, window).map(({ percent, name, failed }) => (
        <span
          key={`${percent}${name}`}
          className={failed ? 'event-mark failed' : 'event-mark'}
          style={{ left: `${percent}%` }}
          title={visibleText(name)}
        />
      ))}
      <span className={`bar-label ${place}`} style={labelStyle}>
        {node.unfinished ? 'no end received' : duration}
        {node.skewNano > 0 && (
          <span
            className="skew"
            title={`Starts ${formatDuration(node.skewNano)} before its parent: the two clocks differ`}
          >
            clock −{formatDuration(node.skewNano)}
          </span>
        )}
      </span>
    </div>
  )
}

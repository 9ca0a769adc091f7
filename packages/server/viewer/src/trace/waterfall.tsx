import { useVirtualizer } from '@tanstack/react-virtual'
import {
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
} from 'react'
import { Icon } from '../ui/icons.js'
import { Minimap, windowForKey } from './minimap.js'
import { Resizer } from './resizer.js'
import { serviceName, type Service } from './services.js'
import type { SpanNode, SpanTree } from './span-tree.js'
import { TimeAxis, TimeGrid } from './time-axis.js'
import { clampWindow, wholeWindow, windowShowing, type TimeWindow } from './time-window.js'
import { findNodes, reveal, visibleNodes } from './visible-rows.js'
import { actionForKey } from './waterfall-keys.js'
import { WaterfallRow } from './waterfall-row.js'

const rowHeightPixels = 28
const overscanRows = 16
const nameShareStart = 0.36
const nameShareNarrow = 0.52
const narrowMedia = '(max-width: 640px)'
const nameShareLimits = { least: 0.15, most: 0.75 } as const
const paddingShare = 0.1

export interface WaterfallProps {
  readonly tree: SpanTree
  readonly services: ReadonlyMap<string, Service>
  readonly selected: SpanNode | undefined
  readonly onSelect: (node: SpanNode | undefined) => void
}

/** The spans of a trace as a tree on the left, and when each of them ran on the right. */
export function Waterfall({ tree, services, selected, onSelect }: WaterfallProps): ReactNode {
  const id = useId()
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set())
  const [zoom, setZoom] = useState<TimeWindow>()
  const [nameShare, setNameShare] = useState(() => (matchMedia(narrowMedia).matches ? nameShareNarrow : nameShareStart))
  const [query, setQuery] = useState('')
  const scroller = useRef<HTMLDivElement>(null)

  const window = useMemo(() => zoom ?? wholeWindow(tree.durationNano), [zoom, tree.durationNano])
  const rows = useMemo(() => visibleNodes(tree.nodes, collapsed), [tree, collapsed])
  const found = useMemo(() => findNodes(tree.nodes, query), [tree, query])
  const foundKeys = useMemo(() => new Set(found.map((node) => node.key)), [found])
  const cursor = useMemo(
    () => (selected === undefined ? -1 : rows.findIndex((node) => node.key === selected.key)),
    [rows, selected],
  )

  // oxlint-disable-next-line react/incompatible-library -- matters to the React compiler, which does not run here
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPixels,
    overscan: overscanRows,
  })

  // What is selected is shown: inside collapsed spans, and out of sight.
  useEffect(() => {
    if (selected === undefined) return
    setCollapsed((current) => reveal(selected, current))
    setZoom((current) => (current === undefined ? undefined : windowShowing(current, selected)))
  }, [selected])
  useEffect(() => {
    if (cursor >= 0) virtualizer.scrollToIndex(cursor, { align: 'auto' })
  }, [cursor, virtualizer])

  const toggle = useCallback((node: SpanNode) => {
    setCollapsed((current) => {
      const next = new Set(current)
      if (!next.delete(node.key)) next.add(node.key)
      return next
    })
  }, [])
  const showTime = useCallback(
    (next: TimeWindow) => {
      const clamped = clampWindow(next, tree.durationNano)
      const whole = wholeWindow(tree.durationNano)
      setZoom(clamped.endNano - clamped.startNano >= whole.endNano ? undefined : clamped)
    },
    [tree.durationNano],
  )
  // What was chosen in the minimap is shown below too: the first span that starts in it comes to the top.
  const showTimeAndRows = (next: TimeWindow): void => {
    showTime(next)
    const first = rows.findIndex((node) => node.startNano >= next.startNano && node.startNano <= next.endNano)
    if (first >= 0) virtualizer.scrollToIndex(first, { align: 'start' })
  }
  const zoomTo = useCallback(
    (node: SpanNode) => {
      const room = Math.max(1, (node.endNano - node.startNano) * paddingShare)
      showTime({ startNano: node.startNano - room, endNano: node.endNano + room })
    },
    [showTime],
  )
  const collapseAll = (): void =>
    setCollapsed(new Set(tree.nodes.filter((node) => node.depth > 0 && node.children.length > 0).map(({ key }) => key)))
  const goToFound = (step: 1 | -1): void => {
    if (found.length === 0) return
    const current = found.findIndex((node) => node.key === selected?.key)
    onSelect(found[(current + step + found.length) % found.length])
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeightPixels) - 1)
    const zoomed =
      event.key.startsWith('Arrow') || event.key === 'Escape'
        ? undefined
        : windowForKey(event.key, window, wholeWindow(tree.durationNano))
    if (zoomed !== undefined) {
      event.preventDefault()
      showTime(zoomed)
      return
    }
    const action = actionForKey(event.key, { rows, cursor, page, collapsed })
    if (action === undefined) return
    event.preventDefault()
    switch (action.type) {
      case 'select':
        onSelect(action.node)
        break
      case 'toggle':
        toggle(action.node)
        break
      case 'zoom':
        zoomTo(action.node)
        break
      case 'close':
        onSelect(undefined)
        break
    }
  }

  const active = rows[cursor]
  const nameWidth: CSSProperties = { '--name-share': nameShare }
  return (
    <section className="waterfall" style={nameWidth} aria-label="Waterfall">
      <div className="waterfall-head">
        <div className="waterfall-tools">
          <div className="search">
            <Icon name="search" />
            <input
              type="search"
              aria-label="Find spans by name, service, attribute or id"
              placeholder="Find spans"
              value={query}
              spellCheck={false}
              onChange={(event) => setQuery(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter') goToFound(event.shiftKey ? -1 : 1)
              }}
            />
            {query.trim() !== '' && (
              <span className="found" role="status">
                {found.length === 0 ? 'none' : found.length}
              </span>
            )}
          </div>
          {tree.nodes.length > tree.roots.length && (
            <button
              type="button"
              className="button quiet small"
              onClick={() => (collapsed.size > 0 ? setCollapsed(new Set()) : collapseAll())}
            >
              {collapsed.size > 0 ? 'Expand all' : 'Collapse'}
            </button>
          )}
        </div>
        <div className="waterfall-time">
          <Minimap tree={tree} services={services} window={window} onWindow={showTimeAndRows} />
          <TimeAxis window={window} />
          {zoom !== undefined && (
            <button type="button" className="button small whole" onClick={() => setZoom(undefined)}>
              Whole trace
            </button>
          )}
        </div>
        <Resizer label="Width of the names" value={nameShare} limits={nameShareLimits} onChange={setNameShare} />
      </div>
      <div className="waterfall-body">
        <TimeGrid window={window} />
        <div
          ref={scroller}
          className="waterfall-scroll"
          role="tree"
          tabIndex={0}
          aria-label={`${tree.nodes.length} spans`}
          aria-activedescendant={active === undefined ? undefined : `${id}-${active.key}`}
          onKeyDown={onKeyDown}
        >
          <div className="waterfall-rows" role="presentation" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map((item) => {
              const node = rows[item.index]
              if (node === undefined) return null
              return (
                <WaterfallRow
                  key={node.key}
                  id={`${id}-${node.key}`}
                  node={node}
                  top={item.start}
                  hue={services.get(serviceName(node.span))?.hue ?? 0}
                  window={window}
                  selected={node.key === selected?.key}
                  collapsed={collapsed.has(node.key)}
                  highlight={foundKeys.size === 0 ? 'none' : foundKeys.has(node.key) ? 'found' : 'dimmed'}
                  onSelect={onSelect}
                  onToggle={toggle}
                  onZoom={zoomTo}
                />
              )
            })}
          </div>
        </div>
      </div>
    </section>
  )
}

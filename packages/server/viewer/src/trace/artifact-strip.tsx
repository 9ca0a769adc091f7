import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { artifactKindName, type ArtifactKind } from '../artifact/artifact-kind.js'
import { Icon } from '../ui/icons.js'
import { StripCard } from './strip-card.js'
import type { Service } from './services.js'
import { countKinds, shownKind, type TraceArtifact } from './trace-artifacts.js'

const cardWidthPixels = 132
const cardGapPixels = 8
const overscanCards = 4

export interface ArtifactStripProps {
  readonly artifacts: readonly TraceArtifact[]
  readonly services: ReadonlyMap<string, Service>
  readonly selectedSpanId: string | undefined
  readonly onOpen: (artifact: TraceArtifact) => void
}

/** Everything that went through the trace, side by side, in the order in which it happened. */
export function ArtifactStrip({ artifacts, services, selectedSpanId, onOpen }: ArtifactStripProps): ReactNode {
  const [open, setOpen] = useState(true)
  const [only, setOnly] = useState<ArtifactKind>()
  const kinds = useMemo(() => countKinds(artifacts), [artifacts])
  const shown = useMemo(
    () => (only === undefined ? artifacts : artifacts.filter(({ kind }) => shownKind(kind) === only)),
    [artifacts, only],
  )
  const scroller = useRef<HTMLDivElement>(null)
  // oxlint-disable-next-line react/incompatible-library -- matters to the React compiler, which does not run here
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => cardWidthPixels + cardGapPixels,
    horizontal: true,
    overscan: overscanCards,
  })
  const first = useMemo(
    () =>
      selectedSpanId === undefined
        ? -1
        : shown.findIndex(({ nodes }) => nodes.some((node) => node.spanId === selectedSpanId)),
    [shown, selectedSpanId],
  )
  useEffect(() => {
    if (first >= 0) virtualizer.scrollToIndex(first, { align: 'auto' })
  }, [first, virtualizer])
  if (artifacts.length === 0) return null
  return (
    <section className="strip" aria-label="Artifacts of this trace">
      <div className="strip-head">
        <button type="button" className="strip-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name="chevron" className="turning" />
          Artifacts
          <span className="count">{artifacts.length}</span>
        </button>
        {open && kinds.length > 1 && (
          <div className="kind-filter" role="group" aria-label="Show only">
            {kinds.map(([kind, count]) => (
              <button
                key={kind}
                type="button"
                aria-pressed={only === kind}
                onClick={() => setOnly(only === kind ? undefined : kind)}
              >
                <Icon name={kind} />
                {artifactKindName(kind)}
                <span className="count">{count}</span>
              </button>
            ))}
          </div>
        )}
      </div>
      {open && (
        <div className="strip-scroll" ref={scroller}>
          <ul className="strip-cards" style={{ width: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map((item) => {
              const artifact = shown[item.index]
              if (artifact === undefined) return null
              return (
                <li
                  key={artifact.id}
                  style={{ transform: `translateX(${item.start}px)`, width: cardWidthPixels }}
                  aria-setsize={shown.length}
                  aria-posinset={item.index + 1}
                >
                  <StripCard
                    entry={artifact}
                    services={services}
                    selected={artifact.nodes.some((node) => node.spanId === selectedSpanId)}
                    onOpen={onOpen}
                  />
                </li>
              )
            })}
          </ul>
        </div>
      )}
    </section>
  )
}

import { useDeferredValue, useEffect, useMemo, useRef, useState, type FormEvent, type ReactNode } from 'react'
import { isTraceId, tracePath } from '../routing/route.js'
import { navigate } from '../routing/navigation.js'
import { Icon } from '../ui/icons.js'
import { ErrorNotice, Loading } from '../ui/notice.js'
import { TopBar } from '../ui/top-bar.js'
import { FirstTraceGuide } from './first-trace-guide.js'
import { filterTraces } from './merge-traces.js'
import { TraceTable } from './trace-table.js'
import { useTraces } from './use-traces.js'

/** Every trace, newest first. */
export function TraceListPage(): ReactNode {
  const [live, setLive] = useState(true)
  const [query, setQuery] = useState('')
  const { loaded, error, busy, refresh, loadMore } = useTraces(live)
  const deferredQuery = useDeferredValue(query)
  const shown = useMemo(() => filterTraces(loaded?.traces ?? [], deferredQuery), [loaded, deferredQuery])
  const searchBox = useRef<HTMLInputElement>(null)
  useSlashFocuses(searchBox)
  useEffect(() => {
    document.title = 'Traces · Span Artifacts'
  }, [])

  const openById = (event: FormEvent): void => {
    event.preventDefault()
    const id = query.trim().toLowerCase()
    if (isTraceId(id)) navigate(tracePath(id))
    else if (shown.length === 1 && shown[0] !== undefined) navigate(tracePath(shown[0].trace_id))
  }

  return (
    <>
      <TopBar
        actions={
          <>
            <button
              type="button"
              className="button quiet"
              aria-pressed={live}
              onClick={() => setLive(!live)}
              title={live ? 'New traces appear by themselves. Click to pause.' : 'Paused. Click to follow new traces.'}
            >
              <span className={live ? 'live-dot on' : 'live-dot'} aria-hidden="true" />
              {live ? 'Live' : 'Paused'}
            </button>
            <button type="button" className="icon-button" onClick={refresh} title="Refresh" aria-label="Refresh">
              <Icon name="refresh" className={busy ? 'spinning' : ''} />
            </button>
          </>
        }
      />
      <main className="trace-list">
        <div className="list-head">
          <h1>Traces</h1>
          <form className="search" role="search" onSubmit={openById}>
            <Icon name="search" />
            <input
              ref={searchBox}
              type="search"
              aria-label="Filter the loaded traces, or enter a trace id"
              placeholder="Filter by name or service, or paste a trace id"
              value={query}
              onChange={(event) => setQuery(event.target.value)}
              spellCheck={false}
            />
            <kbd aria-hidden="true">/</kbd>
          </form>
        </div>
        {error !== undefined && (
          <ErrorNotice title="The traces could not be loaded" detail={error.message} retry={refresh} />
        )}
        {loaded === undefined && error === undefined && <Loading what="traces" />}
        {loaded !== undefined && loaded.traces.length === 0 && <FirstTraceGuide />}
        {loaded !== undefined && loaded.traces.length > 0 && (
          <>
            <TraceTable traces={shown} />
            {shown.length === 0 && (
              <p className="nothing">
                None of the {loaded.traces.length} loaded traces matches.
                {isTraceId(query.trim().toLowerCase()) && ' Press Enter to open the trace with this id.'}
              </p>
            )}
            <footer className="list-foot">
              <span role="status">
                {deferredQuery.trim() === ''
                  ? `${loaded.traces.length} traces`
                  : `${shown.length} of ${loaded.traces.length} loaded traces`}
              </span>
              {loaded.nextCursor !== null && (
                <button type="button" className="button" onClick={loadMore} disabled={busy}>
                  Load older traces
                </button>
              )}
            </footer>
          </>
        )}
      </main>
    </>
  )
}

/** `/` puts the cursor into the search box, as in many tools. */
function useSlashFocuses(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return
      event.preventDefault()
      input.current?.focus()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [input])
}

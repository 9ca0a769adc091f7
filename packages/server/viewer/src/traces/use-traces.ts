import { useCallback, useEffect, useRef, useState } from 'react'
import { fetchTraces } from '../api/endpoints.js'
import type { RequestError } from '../api/request.js'
import { asRequestError } from '../api/use-request.js'
import { appendOlder, mergeNewest, type LoadedTraces } from './merge-traces.js'

const refreshIntervalMs = 5000

export interface TraceList {
  readonly loaded: LoadedTraces | undefined
  readonly error: RequestError | undefined
  readonly busy: boolean
  readonly refresh: () => void
  readonly loadMore: () => void
}

/**
 * The newest traces, with older ones on demand.
 *
 * @param live asks for new traces every five seconds while the page can be seen
 */
export function useTraces(live: boolean): TraceList {
  const [loaded, setLoaded] = useState<LoadedTraces>()
  const [error, setError] = useState<RequestError>()
  const [busy, setBusy] = useState(true)
  const running = useRef<AbortController>(undefined)

  const run = useCallback(async (load: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    running.current?.abort()
    const controller = new AbortController()
    running.current = controller
    try {
      await load(controller.signal)
      setError(undefined)
    } catch (reason) {
      if (!controller.signal.aborted) setError(asRequestError(reason))
    }
    if (running.current === controller) {
      running.current = undefined
      setBusy(false)
    }
  }, [])

  const loadNewest = useCallback((): void => {
    void run(async (signal) => {
      const newest = await fetchTraces(null, signal)
      if (!signal.aborted) setLoaded((previous) => mergeNewest(previous, newest))
    })
  }, [run])
  const refresh = useCallback((): void => {
    setBusy(true)
    loadNewest()
  }, [loadNewest])

  const cursor = loaded?.nextCursor ?? null
  const loadMore = useCallback((): void => {
    if (cursor === null) return
    setBusy(true)
    void run(async (signal) => {
      const older = await fetchTraces(cursor, signal)
      if (!signal.aborted) setLoaded((previous) => (previous === undefined ? undefined : appendOlder(previous, older)))
    })
  }, [run, cursor])

  useEffect(() => {
    // oxlint-disable-next-line react/set-state-in-effect -- it sets state only once something has been read
    loadNewest()
    return () => running.current?.abort()
  }, [loadNewest])

  useEffect(() => {
    if (!live) return undefined
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && running.current === undefined) loadNewest()
    }, refreshIntervalMs)
    return () => clearInterval(timer)
  }, [live, loadNewest])

  return { loaded, error, busy, refresh, loadMore }
}

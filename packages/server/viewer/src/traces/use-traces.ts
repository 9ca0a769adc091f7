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
    setBusy(true)
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

  const refresh = useCallback((): void => {
    void run(async (signal) => {
      const newest = await fetchTraces(null, signal)
      if (!signal.aborted) setLoaded((previous) => mergeNewest(previous, newest))
    })
  }, [run])

  const cursor = loaded?.nextCursor ?? null
  const loadMore = useCallback((): void => {
    if (cursor === null) return
    void run(async (signal) => {
      const older = await fetchTraces(cursor, signal)
      if (!signal.aborted) setLoaded((previous) => (previous === undefined ? undefined : appendOlder(previous, older)))
    })
  }, [run, cursor])

  useEffect(() => {
    refresh()
    return () => running.current?.abort()
  }, [refresh])

  useEffect(() => {
    if (!live) return undefined
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && running.current === undefined) refresh()
    }, refreshIntervalMs)
    return () => clearInterval(timer)
  }, [live, refresh])

  return { loaded, error, busy, refresh, loadMore }
}

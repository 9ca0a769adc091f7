import { useCallback, useEffect, useRef, useState } from 'react'
import { RequestError } from './request.js'

export interface RequestResult<T> {
  /** The newest answer; stays while a reload is under way or has failed. */
  readonly data: T | undefined
  readonly error: RequestError | undefined
  readonly loading: boolean
  /** Asks again. */
  readonly reload: () => void
}

interface State<T> {
  readonly key: string
  readonly data: T | undefined
  readonly error: RequestError | undefined
  readonly loading: boolean
}

/**
 * Loads something while the component is shown, and again whenever `key` changes; an answer that comes too late for its
 * key is thrown away.
 */
export function useRequest<T>(key: string, load: (signal: AbortSignal) => Promise<T>): RequestResult<T> {
  const [state, setState] = useState<State<T>>({ key, data: undefined, error: undefined, loading: true })
  const [attempt, setAttempt] = useState(0)
  const latestLoad = useRef(load)
  useEffect(() => {
    latestLoad.current = load
  })

  useEffect(() => {
    const controller = new AbortController()
    setState((previous) =>
      previous.key === key ? { ...previous, loading: true } : { key, data: undefined, error: undefined, loading: true },
    )
    latestLoad.current(controller.signal).then(
      (data) => {
        if (!controller.signal.aborted) setState({ key, data, error: undefined, loading: false })
      },
      (error: unknown) => {
        if (controller.signal.aborted) return
        setState((previous) => ({ ...previous, error: asRequestError(error), loading: false }))
      },
    )
    return () => controller.abort()
  }, [key, attempt])

  const reload = useCallback(() => setAttempt((count) => count + 1), [])
  if (state.key !== key) return { data: undefined, error: undefined, loading: true, reload }
  return { data: state.data, error: state.error, loading: state.loading, reload }
}

export function asRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error
  return new RequestError(error instanceof Error ? error.message : String(error))
}

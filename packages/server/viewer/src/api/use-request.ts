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

interface Answer<T> {
  readonly key: string
  /** Which attempt it answers. */
  readonly attempt: number
  readonly data: T | undefined
  readonly error: RequestError | undefined
}

/**
 * Loads something while the component is shown, and again whenever `key` changes; an answer that comes too late for its
 * key is thrown away.
 */
export function useRequest<T>(key: string, load: (signal: AbortSignal) => Promise<T>): RequestResult<T> {
  const [attempt, setAttempt] = useState(0)
  const [answer, setAnswer] = useState<Answer<T>>()
  const latestLoad = useRef(load)
  useEffect(() => {
    latestLoad.current = load
  })

  useEffect(() => {
    const controller = new AbortController()
    const ask = async (): Promise<void> => {
      try {
        const data = await latestLoad.current(controller.signal)
        if (!controller.signal.aborted) setAnswer({ key, attempt, data, error: undefined })
      } catch (reason) {
        if (controller.signal.aborted) return
        const error = asRequestError(reason)
        setAnswer((previous) => ({
          key,
          attempt,
          data: previous?.key === key ? previous.data : undefined,
          error,
        }))
      }
    }
    void ask()
    return () => controller.abort()
  }, [key, attempt])

  const reload = useCallback(() => setAttempt((count) => count + 1), [])
  const current = answer?.key === key ? answer : undefined
  return {
    data: current?.data,
    error: current?.error,
    loading: current === undefined || current.attempt !== attempt,
    reload,
  }
}

/** Whatever was thrown, as an error that can be shown. */
export function asRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error
  return new RequestError(error instanceof Error ? error.message : String(error))
}

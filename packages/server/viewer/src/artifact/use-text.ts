import { useCallback, useEffect, useRef, useState } from 'react'
import { blobPath } from '../api/endpoints.js'
import type { RequestError } from '../api/request.js'
import { asRequestError } from '../api/use-request.js'
import type { ArtifactContent } from './artifact-content.js'
import { openTextReader, type TextReader } from './text-reader.js'

export interface LoadedText {
  /** The pieces that were loaded, in order. */
  readonly pieces: readonly string[]
  readonly loadedBytes: number
  readonly done: boolean
}

export interface TextResult {
  readonly text: LoadedText
  readonly loading: boolean
  readonly error: RequestError | undefined
  /** Loads the next piece, or the one that failed once more. */
  readonly loadMore: () => void
}

const nothing: LoadedText = { pieces: [], loadedBytes: 0, done: false }

/**
 * The text of an artifact: its first piece, more on demand.
 *
 * @param chunkBytes how much one piece holds
 */
export function useText(content: ArtifactContent, chunkBytes: number): TextResult {
  const [text, setText] = useState(nothing)
  const [loading, setLoading] = useState(true)
  const [error, setError] = useState<RequestError>()
  const source = useRef<{ reader: TextReader; signal: AbortSignal }>(undefined)
  const { sha256, sizeBytes, contentType, contentEncoding } = content

  const loadMore = useCallback((): void => {
    const current = source.current
    if (current === undefined) return
    setLoading(true)
    setError(undefined)
    current.reader.next(current.signal).then(
      (piece) => {
        if (current.signal.aborted) return
        setText(({ pieces }) => ({
          pieces: piece.text === '' ? pieces : [...pieces, piece.text],
          loadedBytes: piece.loadedBytes,
          done: piece.done,
        }))
        setLoading(false)
      },
      (reason: unknown) => {
        if (current.signal.aborted) return
        setError(asRequestError(reason))
        setLoading(false)
      },
    )
  }, [])

  useEffect(() => {
    const controller = new AbortController()
    const reader = openTextReader(blobPath(sha256), { sizeBytes, contentType, contentEncoding, chunkBytes })
    source.current = { reader, signal: controller.signal }
    setText(nothing)
    loadMore()
    return () => {
      controller.abort()
      reader.close()
      source.current = undefined
    }
  }, [sha256, sizeBytes, contentType, contentEncoding, chunkBytes, loadMore])

  return { text, loading, error, loadMore }
}

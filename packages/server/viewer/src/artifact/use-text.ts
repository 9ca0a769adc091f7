import { useCallback, useEffect, useRef, useState } from 'react'
import { blobPath } from '../api/endpoints.js'
import type { RequestError } from '../api/request.js'
import { asRequestError } from '../api/use-request.js'
import type { ArtifactContent } from './artifact-content.js'
import { openTextReader, type TextReader } from './text-reader.js'

interface LoadedText {
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

interface State {
  readonly reader: TextReader | undefined
  readonly text: LoadedText
  readonly loading: boolean
  readonly error: RequestError | undefined
}

const start: State = {
  reader: undefined,
  text: { pieces: [], loadedBytes: 0, done: false },
  loading: true,
  error: undefined,
}

/**
 * The text of an artifact: its first piece, more on demand.
 *
 * @param chunkBytes how much one piece holds
 */
export function useText(content: ArtifactContent, chunkBytes: number): TextResult {
  const [state, setState] = useState(start)
  const source = useRef<TextReader>(undefined)
  const { sha256, sizeBytes, contentType, contentEncoding, truncated } = content

  const readNext = useCallback(async (reader: TextReader): Promise<void> => {
    try {
      const piece = await reader.next()
      if (source.current !== reader) return
      setState((previous) => {
        const pieces = previous.reader === reader ? previous.text.pieces : []
        return {
          reader,
          text: {
            pieces: piece.text === '' ? pieces : [...pieces, piece.text],
            loadedBytes: piece.loadedBytes,
            done: piece.done,
          },
          loading: false,
          error: undefined,
        }
      })
    } catch (reason) {
      if (source.current !== reader) return
      const error = asRequestError(reason)
      setState((previous) => ({
        ...(previous.reader === reader ? previous : { ...start, reader }),
        loading: false,
        error,
      }))
    }
  }, [])

  useEffect(() => {
    const reader = openTextReader(blobPath(sha256), {
      sizeBytes,
      contentType,
      contentEncoding,
      truncated,
      chunkBytes,
    })
    source.current = reader
    // oxlint-disable-next-line react/set-state-in-effect -- it sets state only once something has been read
    void readNext(reader)
    return () => {
      source.current = undefined
      reader.close()
    }
  }, [sha256, sizeBytes, contentType, contentEncoding, truncated, chunkBytes, readNext])

  const loadMore = useCallback((): void => {
    const reader = source.current
    if (reader === undefined) return
    setState((previous) => ({ ...previous, loading: true, error: undefined }))
    void readNext(reader)
  }, [readNext])

  return { text: state.text, loading: state.loading, error: state.error, loadMore }
}

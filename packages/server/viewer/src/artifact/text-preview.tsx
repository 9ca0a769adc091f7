import { useMemo, useState, type ReactNode } from 'react'
import { formatBytes } from '../format/bytes.js'
import { ErrorNotice, Loading } from '../ui/notice.js'
import type { PreviewProps } from './artifact-preview.js'
import { splitIntoBlocks } from './text-blocks.js'
import { textChunkBytes } from './text-reader.js'
import { useText } from './use-text.js'

/** Text as it is, a mebibyte at a time. Whatever it says, it is only ever text to the page. */
export function TextPreview({ content }: PreviewProps): ReactNode {
  const { text, loading, error, loadMore } = useText(content, textChunkBytes)
  const [wrap, setWrap] = useState(true)
  const total = content.contentEncoding === undefined ? ` of ${formatBytes(content.sizeBytes)}` : ''
  const empty = text.done && text.pieces.length === 0
  return (
    <div className="preview-text">
      {text.pieces.length > 0 && (
        // A region that scrolls must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={wrap ? 'text-body wrap' : 'text-body'} role="region" aria-label="Text" tabIndex={0}>
          {text.pieces.map((piece, index) => (
            // Pieces are only ever appended.
            // oxlint-disable-next-line react/no-array-index-key
            <TextPiece key={index} text={piece} />
          ))}
        </div>
      )}
      {empty && <p className="preview-plain">Empty.</p>}
      {error !== undefined && (
        <ErrorNotice title="The text could not be loaded" detail={error.message} retry={loadMore} />
      )}
      {loading && text.pieces.length === 0 && <Loading what="text" />}
      {text.pieces.length > 0 && (
        <div className="text-foot">
          {!text.done && (
            <>
              <span role="status">
                First {formatBytes(text.loadedBytes)}
                {total}
              </span>
              <button type="button" className="button" onClick={loadMore} disabled={loading}>
                {loading ? 'Loading…' : 'Load more'}
              </button>
            </>
          )}
          <label className="check">
            <input type="checkbox" checked={wrap} onChange={() => setWrap(!wrap)} />
            Wrap lines
          </label>
        </div>
      )}
    </div>
  )
}

const lineHeightPixels = 17

function TextPiece({ text }: { readonly text: string }): ReactNode {
  const blocks = useMemo(
    () =>
      splitIntoBlocks(text).map((block) => ({
        block,
        // A guess at the height of a block out of sight, so that the scroll bar does not jump.
        style: { '--guess': `${(block.split('\n').length - 1) * lineHeightPixels}px` },
      })),
    [text],
  )
  return blocks.map(({ block, style }, index) => (
    // oxlint-disable-next-line react/no-array-index-key
    <pre key={index} style={style}>
      {block}
    </pre>
  ))
}

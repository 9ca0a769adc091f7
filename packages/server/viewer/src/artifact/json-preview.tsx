import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { JsonTree } from '../json/json-tree.js'
import { parseJson } from '../json/parse-json.js'
import { ErrorNotice, Loading } from '../ui/notice.js'
import type { PreviewProps } from './artifact-preview.js'
import { TextPreview } from './text-preview.js'
import { useText } from './use-text.js'

/** What is parsed whole. Larger JSON is shown as text, a piece at a time. */
const maximumTreeBytes = 16 * 1024 * 1024

/** JSON as a tree that unfolds, or as the text that it is. */
export function JsonPreview(props: PreviewProps): ReactNode {
  const { content } = props
  const [raw, setRaw] = useState(content.sizeBytes > maximumTreeBytes)
  return (
    <div className="preview-json">
      {content.sizeBytes <= maximumTreeBytes && (
        <div className="view-switch" role="group" aria-label="Show as">
          <button type="button" aria-pressed={!raw} onClick={() => setRaw(false)}>
            Tree
          </button>
          <button type="button" aria-pressed={raw} onClick={() => setRaw(true)}>
            Text
          </button>
        </div>
      )}
      {raw ? <TextPreview {...props} /> : <TreeView {...props} />}
    </div>
  )
}

function TreeView(props: PreviewProps): ReactNode {
  const { content, onFact } = props
  const { text, error, loadMore } = useText(content, maximumTreeBytes)
  const complete = text.done
  const whole = complete ? text.pieces.join('') : undefined
  const parsed = useMemo(() => (whole === undefined ? undefined : parseJson(whole)), [whole])
  const fact = parsed === undefined ? undefined : describeSize(parsed.value)
  useEffect(() => {
    if (fact !== undefined) onFact?.(fact)
  }, [fact, onFact])

  if (error !== undefined) {
    return <ErrorNotice title="The JSON could not be loaded" detail={error.message} retry={loadMore} />
  }
  if (!complete && text.pieces.length === 0) return <Loading what="JSON" />
  if (parsed !== undefined) return <JsonTree value={parsed.value} label={content.filename ?? 'JSON'} />
  return (
    <>
      <p className="remark">
        {whole === undefined
          ? 'Unpacked this is too large for a tree, so here is its text.'
          : whole === ''
            ? 'Empty.'
            : content.truncated
              ? 'Cut off by the sender, so it is no valid JSON; here is its text.'
              : 'This is not valid JSON; here is its text.'}
      </p>
      {whole !== '' && <TextPreview {...props} />}
    </>
  )
}

function describeSize(value: unknown): string | undefined {
  if (Array.isArray(value)) return `${value.length} ${value.length === 1 ? 'item' : 'items'}`
  if (typeof value !== 'object' || value === null) return undefined
  const count = Object.keys(value).length
  return `${count} ${count === 1 ? 'key' : 'keys'}`
}

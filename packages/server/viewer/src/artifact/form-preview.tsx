import { useMemo, type ReactNode } from 'react'
import { visibleText } from '../format/visible-text.js'
import type { PreviewProps } from './artifact-preview.js'
import { TextPreview } from './text-preview.js'
import { textChunkBytes } from './text-reader.js'
import { useText } from './use-text.js'

const maximumFields = 500

/** The fields of a submitted form; a form too large for a table is shown as text. */
export function FormPreview(props: PreviewProps): ReactNode {
  const { text, error } = useText(props.content, textChunkBytes)
  const whole = text.done ? text.pieces.join('') : undefined
  const fields = useMemo(() => (whole === undefined ? [] : [...new URLSearchParams(whole.trim())]), [whole])
  if (error !== undefined || (!text.done && text.pieces.length > 0) || fields.length > maximumFields) {
    return <TextPreview {...props} />
  }
  if (text.done && fields.length === 0) return <p className="preview-plain">Empty.</p>
  return (
    <dl className="attributes">
      {fields.map(([name, value], index) => (
        // A form may name a field twice; the order is all that tells them apart.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={index}>
          <dt>{visibleText(name)}</dt>
          <dd className="plain-value">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

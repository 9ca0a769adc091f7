import type { ReactNode } from 'react'
import { visibleText } from '../format/visible-text.js'
import { Icon } from '../ui/icons.js'
import { contentPath } from './artifact-content.js'
import type { PreviewProps } from './artifact-preview.js'
import { DownloadLink } from './download-link.js'

/** A PDF in the browser's own viewer; a browser without one shows the links instead. */
export function PdfPreview({ content }: PreviewProps): ReactNode {
  const address = contentPath(content)
  const name = visibleText(content.filename ?? 'PDF')
  return (
    <div className="preview-pdf">
      <object data={`${address}#navpanes=0&view=FitH`} type="application/pdf" aria-label={name}>
        <div className="preview-plain">
          <span>This browser shows no PDF inside a page.</span>
          <DownloadLink content={content} labelled />
        </div>
      </object>
      <a className="open-alone" href={address} target="_blank" rel="noreferrer">
        <Icon name="external" />
        Open in its own tab
      </a>
    </div>
  )
}

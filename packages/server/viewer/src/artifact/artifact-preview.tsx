import { useState, type ReactNode } from 'react'
import { formatBytes } from '../format/bytes.js'
import { visibleText } from '../format/visible-text.js'
import { ErrorBoundary } from '../ui/error-boundary.js'
import { DownloadLink } from './download-link.js'
import type { ArtifactContent } from './artifact-content.js'
import { artifactKind, artifactKindName, type ArtifactKind } from './artifact-kind.js'
import { canDecode } from './content-encoding.js'
import { FormPreview } from './form-preview.js'
import { ImagePreview } from './image-preview.js'
import { JsonPreview } from './json-preview.js'
import { AudioPreview, VideoPreview } from './media-preview.js'
import { PdfPreview } from './pdf-preview.js'
import { PreviewFailure } from './preview-failure.js'
import { TextPreview } from './text-preview.js'

/** What loads by itself. More than this waits for a click: opening a span must not cost hundreds of megabytes. */
const automaticBytes = 20 * 1024 * 1024

export interface PreviewProps {
  readonly content: ArtifactContent
  /** Something learnt by showing it, such as `1280 × 720`. */
  readonly onFact?: (fact: string) => void
}

/** The artifact itself: drawn, played, unfolded, or offered as a download. */
export function ArtifactPreview(props: PreviewProps): ReactNode {
  const { content } = props
  const [wanted, setWanted] = useState(content.sizeBytes <= automaticBytes)
  const kind = artifactKind(content.contentType)
  const streams = kind === 'audio' || kind === 'video' || kind === 'text' || kind === 'binary'
  if (!wanted && !streams) {
    return (
      <div className="preview-plain">
        <button type="button" className="button" onClick={() => setWanted(true)}>
          Show this {artifactKindName(kind)} ({formatBytes(content.sizeBytes)})
        </button>
      </div>
    )
  }
  return (
    <ErrorBoundary renderError={(error) => <PreviewFailure content={content} reason={error.message} />}>
      <KindPreview {...props} />
    </ErrorBoundary>
  )
}

const previews: Readonly<Record<ArtifactKind, (props: PreviewProps) => ReactNode>> = {
  image: ImagePreview,
  svg: ImagePreview,
  audio: AudioPreview,
  video: VideoPreview,
  pdf: PdfPreview,
  json: JsonPreview,
  form: FormPreview,
  text: TextPreview,
  binary: BinaryPreview,
}

function KindPreview(props: PreviewProps): ReactNode {
  const { contentType, contentEncoding } = props.content
  const Component = canDecode(contentEncoding) ? previews[artifactKind(contentType)] : BinaryPreview
  return <Component {...props} />
}

function BinaryPreview({ content }: PreviewProps): ReactNode {
  return (
    <div className="preview-plain">
      <span>
        {canDecode(content.contentEncoding)
          ? 'This type has no preview.'
          : `Stored as it was sent, encoded with ${visibleText(content.contentEncoding ?? '')}, which nothing here undoes.`}
      </span>
      <DownloadLink content={content} labelled />
    </div>
  )
}

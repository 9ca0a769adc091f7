import { useState, type ReactNode } from 'react'
import { formatBytes } from '../format/bytes.js'
import { ErrorBoundary } from '../ui/error-boundary.js'
import { DownloadLink } from './download-link.js'
import type { ArtifactContent } from './artifact-content.js'
import { artifactKind, artifactKindName } from './artifact-kind.js'
import { FormPreview } from './form-preview.js'
import { ImagePreview } from './image-preview.js'
import { JsonPreview } from './json-preview.js'
import { AudioPreview, VideoPreview } from './media-preview.js'
import { PdfPreview } from './pdf-preview.js'
import { PreviewFailure } from './preview-failure.js'
import { TextPreview } from './text-preview.js'
import { canDecode } from './text-reader.js'

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
    <ErrorBoundary fallback={(error) => <PreviewFailure content={content} reason={error.message} />}>
      <KindPreview {...props} />
    </ErrorBoundary>
  )
}

function KindPreview(props: PreviewProps): ReactNode {
  const { content } = props
  const kind = artifactKind(content.contentType)
  const readableText = canDecode(content.contentEncoding)
  const compressed = (content.contentEncoding ?? 'identity') !== 'identity'
  switch (kind) {
    case 'json':
      return readableText ? <JsonPreview {...props} /> : <BinaryPreview {...props} />
    case 'form':
      return readableText ? <FormPreview {...props} /> : <BinaryPreview {...props} />
    case 'text':
      return readableText ? <TextPreview {...props} /> : <BinaryPreview {...props} />
    case 'image':
    case 'svg':
      return compressed ? <BinaryPreview {...props} /> : <ImagePreview {...props} />
    case 'audio':
      return compressed ? <BinaryPreview {...props} /> : <AudioPreview {...props} />
    case 'video':
      return compressed ? <BinaryPreview {...props} /> : <VideoPreview {...props} />
    case 'pdf':
      return compressed ? <BinaryPreview {...props} /> : <PdfPreview {...props} />
    case 'binary':
      return <BinaryPreview {...props} />
  }
}

function BinaryPreview({ content }: PreviewProps): ReactNode {
  const coding = content.contentEncoding ?? 'identity'
  return (
    <div className="preview-plain">
      <span>
        {coding === 'identity'
          ? 'This type has no preview.'
          : `Stored as it was sent, compressed with ${coding}, which this page does not unpack.`}
      </span>
      <DownloadLink content={content} labelled />
    </div>
  )
}

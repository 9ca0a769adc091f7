import { useState, type ReactNode } from 'react'
import { formatDuration } from '../format/duration.js'
import { visibleText } from '../format/visible-text.js'
import { contentPath } from './artifact-content.js'
import type { PreviewProps } from './artifact-preview.js'
import { PreviewFailure } from './preview-failure.js'

const nanosecondsPerSecond = 1e9

/** Sound, with the browser's own controls. */
export function AudioPreview({ content, onFact }: PreviewProps): ReactNode {
  const [broken, setBroken] = useState(false)
  if (broken) return <PreviewFailure content={content} reason="The browser cannot play this sound." />
  return (
    // What was said in a trace has no captions.
    // oxlint-disable-next-line jsx-a11y/media-has-caption
    <audio
      className="preview-audio"
      controls
      preload="metadata"
      src={contentPath(content)}
      aria-label={visibleText(content.filename ?? 'sound')}
      onError={() => setBroken(true)}
      onLoadedMetadata={({ currentTarget }) => onFact?.(lengthOf(currentTarget))}
    />
  )
}

/** Moving pictures, with the browser's own controls. */
export function VideoPreview({ content, onFact }: PreviewProps): ReactNode {
  const [broken, setBroken] = useState(false)
  if (broken) return <PreviewFailure content={content} reason="The browser cannot play this video." />
  return (
    // oxlint-disable-next-line jsx-a11y/media-has-caption
    <video
      className="preview-video"
      controls
      playsInline
      preload="metadata"
      src={contentPath(content)}
      aria-label={visibleText(content.filename ?? 'video')}
      onError={() => setBroken(true)}
      onLoadedMetadata={({ currentTarget }) => {
        const { videoWidth, videoHeight } = currentTarget
        const size = videoWidth > 0 ? `${videoWidth} × ${videoHeight}` : ''
        onFact?.([size, lengthOf(currentTarget)].filter((part) => part !== '').join(' · '))
      }}
    />
  )
}

function lengthOf(media: HTMLMediaElement): string {
  return Number.isFinite(media.duration) ? formatDuration(media.duration * nanosecondsPerSecond) : ''
}

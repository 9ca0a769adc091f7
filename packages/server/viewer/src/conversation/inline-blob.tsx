import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { artifactKind } from '../artifact/artifact-kind.js'
import { formatBytes } from '../format/bytes.js'
import { visibleText } from '../format/visible-text.js'
import { Icon } from '../ui/icons.js'
import type { MediaDescription } from './messages.js'

const mostPixels = 4096

/**
 * Media that came inside the attribute as base64. Pictures are drawn onto a canvas: the page's content security policy
 * loads pictures from the server only, and this one has no address. Everything else is offered as a download.
 */
export function InlineBlob({
  base64,
  media,
}: {
  readonly base64: string
  readonly media: MediaDescription
}): ReactNode {
  const contentType = media.contentType ?? 'application/octet-stream'
  const bytes = useMemo(() => decodeBase64(base64), [base64])
  const canvas = useRef<HTMLCanvasElement>(null)
  const [drawn, setDrawn] = useState(false)
  const isPicture = artifactKind(contentType) === 'image'

  useEffect(() => {
    const target = canvas.current
    if (bytes === undefined || target === null) return undefined
    let current = true
    const draw = async (): Promise<void> => {
      const picture = await createImageBitmap(new Blob([bytes], { type: contentType }))
      if (current && picture.width <= mostPixels && picture.height <= mostPixels) {
        target.width = picture.width
        target.height = picture.height
        target.getContext('2d')?.drawImage(picture, 0, 0)
        setDrawn(true)
      }
      picture.close()
    }
    // Not a picture after all: then the note below is all there is.
    draw().catch(() => {})
    return () => {
      current = false
    }
  }, [bytes, contentType])

  const save = (): void => {
    if (bytes === undefined) return
    const address = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
    const link = document.createElement('a')
    link.href = address
    link.download = media.filename ?? media.modality
    link.click()
    URL.revokeObjectURL(address)
  }

  return (
    <figure className="media-part">
      {isPicture && (
        <canvas
          ref={canvas}
          className={drawn ? 'inline-picture' : 'visually-hidden'}
          role="img"
          aria-label={media.modality}
        />
      )}
      <figcaption>
        <Icon name={artifactKind(contentType)} />
        <span>{visibleText(media.filename ?? media.modality)}</span>
        <span>{visibleText(contentType)}</span>
        <span>
          {bytes === undefined ? 'not valid base64' : `${formatBytes(bytes.byteLength)} inside the attribute`}
        </span>
        {bytes !== undefined && (
          <button type="button" className="icon-button small" onClick={save} title="Download" aria-label="Download">
            <Icon name="download" />
          </button>
        )}
      </figcaption>
    </figure>
  )
}

function decodeBase64(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(base64.replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(binary, (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

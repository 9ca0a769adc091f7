import { useRef, useState, type ReactNode } from 'react'
import { visibleText } from '../format/visible-text.js'
import { Icon } from '../ui/icons.js'
import { contentPath } from './artifact-content.js'
import type { PreviewProps } from './artifact-preview.js'
import { PreviewFailure } from './preview-failure.js'

/**
 * A picture. SVG too goes through `<img>`, where it is a picture and nothing else: no script in it runs, and it loads
 * nothing.
 */
export function ImagePreview({ content, onFact }: PreviewProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null)
  const [broken, setBroken] = useState(false)
  const [zoomed, setZoomed] = useState(false)
  const [actualSize, setActualSize] = useState(false)
  if (broken) return <PreviewFailure content={content} reason="The browser cannot draw this picture." />
  const name = visibleText(content.filename ?? 'picture')
  const source = contentPath(content)
  const close = (): void => dialog.current?.close()
  return (
    <div className="preview-image">
      <button
        type="button"
        className="image-frame"
        aria-label={`Enlarge ${name}`}
        onClick={() => {
          setZoomed(true)
          dialog.current?.showModal()
        }}
      >
        <img
          src={source}
          alt={name}
          loading="lazy"
          decoding="async"
          onError={() => setBroken(true)}
          onLoad={({ currentTarget }) => {
            const { naturalWidth, naturalHeight } = currentTarget
            if (naturalWidth > 0) onFact?.(`${naturalWidth} × ${naturalHeight}`)
          }}
        />
      </button>
      <dialog
        ref={dialog}
        className="lightbox"
        aria-label={name}
        onClose={() => {
          setZoomed(false)
          setActualSize(false)
        }}
        onClick={(event) => {
          if (event.target === event.currentTarget) close()
        }}
      >
        {zoomed && (
          <>
            <div className="lightbox-bar">
              <span className="lightbox-name">{name}</span>
              <button type="button" className="button" onClick={() => setActualSize(!actualSize)}>
                {actualSize ? 'Fit the window' : 'Actual size'}
              </button>
              <button type="button" className="icon-button" onClick={close} aria-label="Close">
                <Icon name="close" />
              </button>
            </div>
            <div className={actualSize ? 'lightbox-body actual' : 'lightbox-body'}>
              <img src={source} alt={name} />
            </div>
          </>
        )}
      </dialog>
    </div>
  )
}

import type { ReactNode } from 'react'
import type { ArtifactKind } from '../artifact/artifact-kind.js'

type IconName =
  | ArtifactKind
  | 'alert'
  | 'arrow-left'
  | 'check'
  | 'chevron'
  | 'clock'
  | 'close'
  | 'copy'
  | 'download'
  | 'expand'
  | 'external'
  | 'key'
  | 'keyboard'
  | 'kind-client'
  | 'kind-consumer'
  | 'kind-producer'
  | 'kind-server'
  | 'link'
  | 'moon'
  | 'pause'
  | 'play'
  | 'refresh'
  | 'scissors'
  | 'search'
  | 'sun'
  | 'tool'

const page = 'M4 1.75h5.2L12.5 5v9.25H4z M9 1.9V5.2h3.3'

/** Outlines on a grid of 16 by 16. */
const outlines: Readonly<Record<IconName, string>> = {
  image: 'M2 3.25h12v9.5H2z M2.2 11.2l3.6-3.7 2.9 2.9 1.9-1.8 3.2 3.1 M10.2 5.9h.02',
  svg: 'M2 3.25h12v9.5H2z M5 10.5c0-4.2 6-.8 6-5 M4.4 10.5h1.2 M10.4 5.5h1.2',
  audio: 'M2.5 6.4v3.2 M5.25 4v8 M8 2.2v11.6 M10.75 4.8v6.4 M13.5 6.4v3.2',
  video: 'M2 3.25h12v9.5H2z M6.6 5.9v4.2l3.6-2.1z',
  pdf: `${page} M6 11.8V8h1.2a1 1 0 0 1 0 2.1H6 M9.3 8v3.8`,
  json: 'M6 2.5c-3 0-.6 5.5-3.2 5.5C5.4 8 3 13.5 6 13.5 M10 2.5c3 0 .6 5.5 3.2 5.5C10.6 8 13 13.5 10 13.5',
  form: 'M2.5 3h11v3.6h-11z M2.5 9.4h11V13h-11z M4.6 4.8h2.2 M4.6 11.2h4.4',
  text: 'M2.5 3.6h11 M2.5 6.5h8 M2.5 9.4h11 M2.5 12.3h6',
  binary: `${page} M6 8.2h1.4v1.4H6z M9 8.2h1.4v1.4H9z M6 11.2h4.4`,
  alert: 'M8 2.2 14.4 13.4H1.6z M8 6.6v3 M8 11.4h.02',
  'arrow-left': 'M13.5 8h-11 M6.5 4l-4 4 4 4',
  check: 'M3 8.4l3.3 3.3L13 5',
  chevron: 'M6 3.5 10.5 8 6 12.5',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z M8 4.8V8l2.2 1.6',
  close: 'M3.8 3.8l8.4 8.4 M12.2 3.8l-8.4 8.4',
  copy: 'M5.5 5.5h8v8h-8z M10.5 5.3V2.5h-8v8h2.8',
  download: 'M8 2.2v8 M4.6 7l3.4 3.4L11.4 7 M2.8 13.6h10.4',
  expand: 'M9.5 2.5h4v4 M13.3 2.7 9.2 6.8 M6.5 13.5h-4v-4 M2.7 13.3l4.1-4.1',
  external: 'M6.5 3.5h-4v10h10v-4 M9.5 2.5h4v4 M13.3 2.7 7.6 8.4',
  key: 'M10.2 9.3a3.7 3.7 0 1 0-3.5-3.5L2.2 10.3v3.2h3.2v-1.9h1.9V9.7z M11.1 4.9h.02',
  keyboard: 'M1.75 4h12.5v8H1.75z M4 6.6h.02 M6.7 6.6h.02 M9.3 6.6h.02 M12 6.6h.02 M4 9.4h.02 M6.4 9.4h3.2 M12 9.4h.02',
  'kind-client': 'M3 3v10 M6.5 8H14 M11 5l3 3-3 3',
  'kind-consumer': 'M10 4h4 M10 8h4 M10 12h4 M2 8h5 M4.5 5.5 7 8l-2.5 2.5',
  'kind-producer': 'M2 4h4 M2 8h4 M2 12h4 M9 8h5 M11.5 5.5 14 8l-2.5 2.5',
  'kind-server': 'M13 3v10 M2 8h7.5 M6.5 5l3 3-3 3',
  link: 'M6.8 9.2a2.8 2.8 0 0 0 4 0l2-2a2.83 2.83 0 0 0-4-4l-.8.8 M9.2 6.8a2.8 2.8 0 0 0-4 0l-2 2a2.83 2.83 0 0 0 4 4l.8-.8',
  moon: 'M13.4 9.7A5.8 5.8 0 0 1 6.3 2.6a5.8 5.8 0 1 0 7.1 7.1z',
  pause: 'M5.5 3.5v9 M10.5 3.5v9',
  play: 'M5 3.2v9.6L12.6 8z',
  refresh: 'M13.2 6.4A5.5 5.5 0 0 0 3.1 5.2 M2.8 2.4v3h3 M2.8 9.6a5.5 5.5 0 0 0 10.1 1.2 M13.2 13.6v-3h-3',
  scissors:
    'M4 5.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z M4 13.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z M5.4 5.2 13.5 12 M5.4 10.8 13.5 4',
  search: 'M7 11.8A4.8 4.8 0 1 0 7 2.2a4.8 4.8 0 0 0 0 9.6z M10.6 10.6l3.2 3.2',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z M8 1.4v1.4 M8 13.2v1.4 M1.4 8h1.4 M13.2 8h1.4 M3.3 3.3l1 1 M11.7 11.7l1 1 M3.3 12.7l1-1 M11.7 4.3l1-1',
  tool: 'M9.6 4.2a3.2 3.2 0 0 1 4.1-1.6L11.6 4.7l.3 1.4 1.4.3 2-2a3.2 3.2 0 0 1-4.4 3.9l-5.2 5.2a1.5 1.5 0 0 1-2.2-2.2l5.2-5.2a3.2 3.2 0 0 1 .9-1.9z',
}

export interface IconProps {
  readonly name: IconName
  readonly className?: string
}

/** A drawing in the colour of the text around it. It says nothing by itself: the text beside it, or a label, does. */
export function Icon({ name, className }: IconProps): ReactNode {
  return (
    <svg className={className === undefined ? 'icon' : `icon ${className}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={outlines[name]} />
    </svg>
  )
}

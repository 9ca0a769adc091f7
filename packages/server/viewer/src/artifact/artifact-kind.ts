/** How an artifact can be shown. */
export type ArtifactKind = 'image' | 'svg' | 'audio' | 'video' | 'pdf' | 'json' | 'form' | 'text' | 'binary'

const rasterImages = new Set(['image/png', 'image/jpeg', 'image/jpg', 'image/gif', 'image/webp', 'image/avif'])
const textTypes = new Set([
  'application/xml',
  'application/xhtml+xml',
  'application/javascript',
  'application/ecmascript',
  'application/typescript',
  'application/yaml',
  'application/x-yaml',
  'application/toml',
  'application/sql',
  'application/graphql',
  'application/x-sh',
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/json-seq',
  'application/rtf',
])

/** The bare media type in lower case: `Text/HTML; charset=utf-8` is `text/html`. */
export function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/** What a content type can be shown as. Only types that a browser draws by itself count as media. */
export function artifactKind(contentType: string): ArtifactKind {
  const type = mediaType(contentType)
  if (type === 'image/svg+xml') return 'svg'
  if (rasterImages.has(type)) return 'image'
  if (type.startsWith('audio/')) return 'audio'
  if (type.startsWith('video/')) return 'video'
  if (type === 'application/pdf') return 'pdf'
  if (type === 'application/json' || type === 'text/json' || type.endsWith('+json')) return 'json'
  if (type === 'application/x-www-form-urlencoded') return 'form'
  if (type.startsWith('text/') || textTypes.has(type) || type.endsWith('+xml') || type.endsWith('+yaml')) return 'text'
  return 'binary'
}

const kindNames: Readonly<Record<ArtifactKind, string>> = {
  image: 'image',
  svg: 'image',
  audio: 'audio',
  video: 'video',
  pdf: 'PDF',
  json: 'JSON',
  form: 'form',
  text: 'text',
  binary: 'file',
}

/** The word for a kind. */
export function artifactKindName(kind: ArtifactKind): string {
  return kindNames[kind]
}

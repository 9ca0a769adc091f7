import { createHash } from 'node:crypto'
import type { SharedV4FileData } from '@ai-sdk/provider'
import { imageSize } from 'image-size'

/** Enough of a digest to find the artifact by. */
const SHOWN_DIGEST_CHARACTERS = 12

/** What can be measured of a file: type, pixels, size, digest. */
export function describeFile(data: SharedV4FileData, mediaType: string, filename = 'A file without a name'): string {
  const bytes = bytesOf(data)
  if (bytes === undefined) return `${filename}: ${mediaType} that was not sent along.`
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, SHOWN_DIGEST_CHARACTERS)
  const facts = [
    mediaType,
    mediaType.startsWith('image') ? pixelsOf(bytes) : undefined,
    `${bytes.length.toLocaleString('en-US')} bytes`,
    `SHA-256 ${digest}…`,
  ]
  return `${filename}: ${facts.filter((fact) => fact !== undefined).join(', ')}.`
}

function bytesOf(data: SharedV4FileData): Uint8Array | undefined {
  switch (data.type) {
    case 'data':
      return typeof data.data === 'string' ? Buffer.from(data.data, 'base64') : data.data
    case 'text':
      return Buffer.from(data.text)
    case 'url':
    case 'reference':
    default:
      return undefined
  }
}

/** Customers send broken pictures too. */
function pixelsOf(bytes: Uint8Array): string {
  try {
    const { width, height } = imageSize(bytes)
    return `${width} × ${height} pixels`
  } catch {
    return 'unreadable'
  }
}

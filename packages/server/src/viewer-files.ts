import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { matchesEntityTag } from './http/entity-tag.js'
import { hasCode } from './storage/durable-directory.js'

/** Where the build of the viewer is, seen from `src` and from `dist` alike. */
const viewerDirectory = fileURLToPath(new URL('../viewer/dist/', import.meta.url))

const pageName = 'index.html'
/** Vite puts a hash of the content into the names below this folder. */
const hashedFolder = 'assets/'
const immutable = 'public, max-age=31536000, immutable'
const revalidated = 'no-cache'

/** Everything comes from the server itself; artifacts are shown by elements, PDF among them in a frame. */
const viewerPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "media-src 'self'",
  "object-src 'self'",
  "frame-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

interface ViewerFile {
  bytes: Uint8Array<ArrayBuffer>
  headers: Readonly<Record<string, string>>
}

/** The viewer's files. */
export interface ViewerFiles {
  /** The answer for a file of the build; `undefined` where there is none of this path, such as `assets/index-1a2b.js`. */
  file(path: string, ifNoneMatch: string | undefined): Response | undefined
  /** The answer for each page of the viewer: its one HTML file, or 503 where the viewer is not built. */
  page(ifNoneMatch: string | undefined): Response
}

/**
 * Reads the build of the viewer into memory: it is small, and then no path of a request ever reaches the file system.
 *
 * @param directory of the build; default: the one of this package
 */
export async function loadViewerFiles(directory: string = viewerDirectory): Promise<ViewerFiles> {
  const files = new Map<string, ViewerFile>()
  for (const path of await filesBelow(directory)) {
    const name = relative(directory, path).split(sep).join('/')
    files.set(name, viewerFile(name, new Uint8Array(await readFile(path))))
  }
  const file = (path: string, ifNoneMatch: string | undefined): Response | undefined => {
    const found = files.get(path)
    if (found === undefined) return undefined
    if (matchesEntityTag(ifNoneMatch, found.headers['etag'] ?? '')) {
      return new Response(null, { status: 304, headers: found.headers })
    }
    return new Response(found.bytes, { headers: found.headers })
  }
  return {
    file,
    page: (ifNoneMatch) =>
      file(pageName, ifNoneMatch) ??
      new Response('The viewer is not built. Run: pnpm build\n', {
        status: 503,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
      }),
  }
}

function viewerFile(name: string, bytes: Uint8Array<ArrayBuffer>): ViewerFile {
  const contentType = contentTypes[extname(name)] ?? 'application/octet-stream'
  return {
    bytes,
    headers: {
      'content-type': contentType,
      'cache-control': name.startsWith(hashedFolder) ? immutable : revalidated,
      'content-security-policy': viewerPolicy,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      etag: `"${createHash('sha256').update(bytes).digest('base64url')}"`,
    },
  }
}

async function filesBelow(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true, recursive: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

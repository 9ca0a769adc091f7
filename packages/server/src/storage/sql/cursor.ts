import { InvalidCursorError } from '../catalog/page.js'

/** Packs the sort key of a listing's last item into an opaque cursor. */
export function encodeCursor(parts: readonly [string, string]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/**
 * Unpacks a cursor.
 *
 * @throws InvalidCursorError for anything that {@link encodeCursor} did not make
 */
export function decodeCursor(cursor: string): [string, string] {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw new InvalidCursorError()
  }
  if (!Array.isArray(parts) || parts.length !== 2) throw new InvalidCursorError()
  const [first, second]: unknown[] = parts
  if (typeof first !== 'string' || typeof second !== 'string') throw new InvalidCursorError()
  return [first, second]
}

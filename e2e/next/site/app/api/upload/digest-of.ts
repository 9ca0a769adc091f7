import { createHash } from 'node:crypto'

/** Reads a body as it comes, keeping nothing of it. */
export async function digestOf(request: Request): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of request.body ?? []) {
    hash.update(chunk)
    sizeBytes += chunk.byteLength
  }
  return { sha256: hash.digest('hex'), sizeBytes }
}

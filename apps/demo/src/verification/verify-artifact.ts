import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { ExpectedArtifact, ExpectedContent } from '../traffic/exchange.js'
import type { ArtifactServer, TraceArtifact } from './artifact-server.js'

/**
 * Reads an artifact back and compares it with its reference and with what was on the wire.
 *
 * @returns what is wrong, in words; `undefined` if everything is right
 */
export async function verifyArtifact(
  server: ArtifactServer,
  { key, reference, state }: TraceArtifact,
  expected: ExpectedArtifact,
): Promise<string | undefined> {
  const name = `${key}${expected.field === undefined ? '' : ` (${expected.field})`}`
  if (state !== 'ready') return `${name} is ${state}${reference.dropped === undefined ? '' : `: ${reference.dropped}`}`
  const [metadata, blob] = await Promise.all([server.metadata(reference.sha256), server.blob(reference.sha256)])
  if (!metadata || !blob) return `${name} cannot be read back`

  const problems = [
    differs('size of the reference', reference.size_bytes, blob.length),
    differs('size in the metadata', metadata.size_bytes, blob.length),
    differs('digest of the reference', reference.sha256, createHash('sha256').update(blob).digest('hex')),
    differs('digest in the metadata', metadata.sha256, reference.sha256),
    differs('type', mediaType(reference.content_type), expected.contentType),
    differs('file name', reference.filename, expected.filename),
    reference.truncated ? 'it is truncated' : undefined,
    compare(blob, expected.content),
  ].filter((problem) => problem !== undefined)
  return problems.length === 0 ? undefined : `${name}: ${problems.join('; ')}`
}

function compare(blob: Buffer, content: ExpectedContent): string | undefined {
  if (content.kind === 'json') {
    if (content.secrets?.some((secret) => blob.includes(secret))) return 'it holds a secret'
    return isDeepStrictEqual(parse(blob), content.value) ? undefined : 'its JSON is not what was on the wire'
  }
  if (blob.equals(content.bytes)) return undefined
  return `its ${blob.length} bytes are not the ${content.bytes.length} bytes that were on the wire`
}

function differs(what: string, actual: unknown, wanted: unknown): string | undefined {
  return actual === wanted ? undefined : `${what} is ${String(actual)} instead of ${String(wanted)}`
}

function mediaType(contentType: string): string {
  const [type = ''] = contentType.split(';')
  return type.trim()
}

function parse(blob: Buffer): unknown {
  try {
    return JSON.parse(blob.toString())
  } catch {
    return undefined
  }
}

/** What the server undoes; `x-gzip` is an old word for `gzip`. */
const knownCodings: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd'])
const maximumCodings = 3

/** Whether the stored bytes are the artifact itself, not a compressed form of it. */
export function isIdentity(contentEncoding: string | null | undefined): boolean {
  return codingsOf(contentEncoding).length === 0
}

/** Whether the server can undo the codings; `identity` and none need nothing undone. */
export function canDecode(contentEncoding: string | null | undefined): boolean {
  const codings = codingsOf(contentEncoding)
  return codings.length <= maximumCodings && codings.every((coding) => knownCodings.has(coding))
}

function codingsOf(contentEncoding: string | null | undefined): string[] {
  return (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
}

/**
 * Whether an `If-None-Match` header names an entity tag, by weak comparison (RFC 9110, section 13.1.2).
 *
 * @param header the header's value; `undefined` where there is none
 * @param entityTag the current tag, with its quotes
 */
export function matchesEntityTag(header: string | undefined, entityTag: string): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? []
  return tags.some((tag) => tag.replace(/^W\//, '') === entityTag)
}

/** How much text one block holds: small enough that laying out the visible ones is instant. */
const blockCharacters = 12_000

/**
 * Cuts text into blocks, at line ends where there are any, so that a page can leave those out of sight alone. Joined
 * again the blocks are the text.
 */
export function splitIntoBlocks(text: string): readonly string[] {
  const blocks: string[] = []
  let from = 0
  while (text.length - from > blockCharacters) {
    const lineEnd = text.lastIndexOf('\n', from + blockCharacters - 1)
    let to = lineEnd >= from ? lineEnd + 1 : from + blockCharacters
    // A pair of surrogates is one character.
    const code = text.charCodeAt(to - 1)
    if (code >= 0xd8_00 && code <= 0xdb_ff) to += 1
    blocks.push(text.slice(from, to))
    from = to
  }
  if (from < text.length) blocks.push(text.slice(from))
  return blocks
}

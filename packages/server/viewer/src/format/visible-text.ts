/**
 * Control characters, and the marks that turn the direction of writing: in a file name they can make `gnp.exe` read as
 * `exe.png`.
 */
// oxlint-disable-next-line no-control-regex -- finding control characters is the point
const deceptive = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g
const codePointDigits = 4

/** Makes a name safe to read: characters that are invisible, or that reorder the text, are spelt out as `[U+202E]`. */
export function visibleText(text: string): string {
  return text.replaceAll(deceptive, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `[U+${code.toString(16).toUpperCase().padStart(codePointDigits, '0')}]`
  })
}

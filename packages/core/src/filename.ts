import { MAX_FILENAME_BYTES } from './reference.js'

/**
 * Makes a name fit for a reference: without directories, control characters and halves of characters, at most 255 bytes
 * of UTF-8.
 *
 * @returns undefined when nothing is left of it
 */
export function cleanFilename(filename: string | undefined): string | undefined {
  const name = filename
    ?.replace(/^.*[/\\]/s, '')
    // eslint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '')
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
    .trim()
  return name === undefined || name === '' ? undefined : cutToBytes(name, MAX_FILENAME_BYTES)
}

function cutToBytes(text: string, maxBytes: number): string {
  const encoder = new TextEncoder()
  if (encoder.encode(text).length <= maxBytes) return text
  // `encodeInto` stops before the first character that does not fit whole.
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(maxBytes)).read)
}

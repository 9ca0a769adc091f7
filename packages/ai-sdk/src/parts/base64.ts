/** How many bytes are turned into characters at once: spreading megabytes into one call overflows the stack. */
const PIECE_BYTES = 8192

/** Decodes standard and URL-safe base64, with or without padding or line breaks, as the providers send it. Never throws. */
export function decodeBase64(base64: string): Uint8Array {
  // Node's decoder is many times as fast as `atob`, which the other runtimes have.
  if (typeof Buffer !== 'undefined') {
    const bytes = Buffer.from(base64, 'base64')
    // A small Buffer is a window onto a pool: copied, it is a buffer of its own.
    return bytes.byteLength === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes)
  }
  const binary = atob(cleanBase64(base64))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

/** As Node reads it: up to the padding, past what does not belong there. `atob` throws, which would cost the whole message around a bad file. */
function cleanBase64(base64: string): string {
  const padding = base64.indexOf('=')
  const characters = (padding === -1 ? base64 : base64.slice(0, padding))
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replaceAll(/[^A-Za-z0-9+/]/g, '')
  // One character alone is less than a byte.
  return characters.length % 4 === 1 ? characters.slice(0, -1) : characters
}

/** Encodes bytes as standard base64 with padding: RFC 4648 section 4. */
export function encodeBase64(bytes: Uint8Array | ArrayBuffer): string {
  const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes
  let binary = ''
  for (let offset = 0; offset < view.length; offset += PIECE_BYTES) {
    binary += String.fromCharCode(...view.subarray(offset, offset + PIECE_BYTES))
  }
  return btoa(binary)
}

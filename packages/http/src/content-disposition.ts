import { repairFilename } from './repair-filename.js'

/** Longer ones are not looked into. In characters; file names have at most 255 bytes, each `%XX` at worst, twice. */
const MAX_HEADER_LENGTH = 4096
/** A parameter with a value that is quoted or goes up to the next semicolon, as browsers take it. Sticky, and linear. */
const PARAMETER = /\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^";]*))/y
/** What ends a piece that is no parameter: a semicolon outside of quotes. */
const REST_OF_PIECE = /(?:[^;"]|"(?:[^"\\]|\\.)*"?)*/y

/**
 * The file name that a `Content-Disposition` header gives (RFC 6266), whatever its disposition. `filename*` goes before
 * `filename`, and the first of several counts. The header may come from anybody: what it gives may be any text.
 */
export function dispositionFilename(header: string): string | undefined {
  if (header.length > MAX_HEADER_LENGTH) return undefined
  const parameters = readParameters(header)
  const extended = decodeExtendedValue(parameters.get('filename*') ?? '')
  const plain = parameters.get('filename')
  const filename = extended ?? (plain === undefined ? undefined : repairFilename(plain))
  return filename === '' ? undefined : filename
}

/**
 * The parameters of a `Content-Disposition` header, by their names in lower case. The first of several counts.
 *
 * @param unquote removes the escapes of what was between quotes. Default: as RFC 9110, section 5.6.4, says
 */
export function readParameters(
  header: string,
  unquote: (quoted: string) => string = unquotePairs,
): Map<string, string> {
  const parameters = new Map<string, string>()
  // The first piece is the disposition itself.
  let position = endOfPiece(header, 0)
  while (position < header.length) {
    PARAMETER.lastIndex = position + 1
    const [, name = '', quoted, bare = ''] = PARAMETER.exec(header) ?? []
    const key = name.toLowerCase()
    if (key !== '' && !parameters.has(key)) parameters.set(key, quoted === undefined ? bare.trim() : unquote(quoted))
    position = endOfPiece(header, position + 1)
  }
  return parameters
}

function unquotePairs(quoted: string): string {
  return quoted.replaceAll(/\\(.)/g, '$1')
}

function endOfPiece(header: string, start: number): number {
  REST_OF_PIECE.lastIndex = start
  return start + (REST_OF_PIECE.exec(header)?.[0].length ?? 0)
}

/** `UTF-8'en'a%20name` (RFC 8187, section 3.2). */
export function decodeExtendedValue(value: string): string | undefined {
  const [, charset = '', encoded = ''] = /^(utf-8|iso-8859-1)'[^']*'(.*)$/i.exec(value) ?? []
  try {
    switch (charset.toLowerCase()) {
      case 'utf-8':
        return decodeURIComponent(encoded)
      case 'iso-8859-1':
        return encoded.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}

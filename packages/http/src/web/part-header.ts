import { decodeExtendedValue, readParameters } from '../content-disposition.js'

/** What the headers of a part say. */
export interface PartHeader {
  readonly field: string
  /** Where it is a file; the file may have no name. */
  readonly filename: string | undefined
  readonly contentType: string | undefined
}

/**
 * Reads the headers of one part of a form (RFC 7578, section 4.2).
 *
 * @param headers without the empty line behind them
 * @returns `undefined` for what is no part of a form
 */
export function readPartHeader(headers: string): PartHeader | undefined {
  const parameters = readParameters(header(headers, 'content-disposition') ?? '', unquote)
  const name = parameters.get('name')
  if (name === undefined) return undefined
  const filename = decodeExtendedValue(parameters.get('filename*') ?? '') ?? parameters.get('filename')
  return {
    field: unescapeName(name),
    filename: filename === undefined ? undefined : unescapeName(filename),
    contentType: header(headers, 'content-type'),
  }
}

function header(headers: string, name: string): string | undefined {
  const line = headers.split('\r\n').find((text) => text.toLowerCase().startsWith(`${name}:`))
  return line?.slice(name.length + 1).trim()
}

/** curl escapes quotes and backslashes; browsers escape no backslash, and send paths with some. */
function unquote(quoted: string): string {
  return quoted.replaceAll(/\\(["\\])/g, '$1')
}

/** What browsers escape in names: the HTML standard, "multipart/form-data encoding algorithm". */
function unescapeName(name: string): string {
  return name.replaceAll(/%0D|%0A|%22/gi, decodeURIComponent)
}

/** Control characters, and the marks that turn the direction of text and so can disguise an extension. */
// oxlint-disable-next-line eslint/no-control-regex
const unwantedCharacters = /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
const pathSeparators = /[/\\]/g
/** What ends or escapes a quoted string, what some browsers decode inside one, and all that is not ASCII. */
const unquotable = /["\\%]|[^\u0020-\u007E]/gu
/** RFC 8187 does not allow these unescaped, though `encodeURIComponent` leaves them. */
const extendedReserved = /['()*]/g

/**
 * A `Content-Disposition` header (RFC 6266) with the file name twice: in ASCII for old clients, and in UTF-8.
 *
 * @param disposition whether a browser shows the content or saves it
 * @param filename as the client gave it; control characters are dropped and path separators replaced
 */
export function contentDisposition(disposition: 'inline' | 'attachment', filename: string): string {
  const clean = filename.replace(unwantedCharacters, '').replace(pathSeparators, '_').toWellFormed()
  const ascii = clean.replace(unquotable, '_')
  const extended = encodeURIComponent(clean).replace(
    extendedReserved,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${disposition}; filename="${ascii}"; filename*=UTF-8''${extended}`
}
